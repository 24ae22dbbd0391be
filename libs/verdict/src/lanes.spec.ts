import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { inLanes, Lanes } from './lanes.ts'
import type { RunResult, Workbench } from './workbench.ts'

const plain = { alone: false, urgency: 0 }

/** Work that ends when it is told to. */
const work = (seen: string[], name: string) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const run = async (): Promise<void> => {
    seen.push(name)
    await promise
  }
  return { run, end: resolve }
}

describe('lanes', () => {
  it('let so many work at once, the most urgent of those that wait first', async () => {
    const lanes = new Lanes(2)
    const seen: string[] = []
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => work(seen, name)) as [Job, Job, Job, Job]
    const all = [lanes.use(plain, a.run), lanes.use(plain, b.run), lanes.use(plain, c.run)]
    all.push(lanes.use({ alone: false, urgency: -1 }, d.run))
    await sleep(0)
    expect(seen).toEqual(['a', 'b'])
    a.end()
    await sleep(0)
    expect(seen).toEqual(['a', 'b', 'd'])
    for (const each of [b, c, d]) each.end()
    await Promise.all(all)
    expect(seen).toEqual(['a', 'b', 'd', 'c'])
  })

  it('are emptied for whoever wants to be alone, and nobody slips by', async () => {
    const lanes = new Lanes(2)
    const seen: string[] = []
    const [a, alone, c] = ['a', 'alone', 'c'].map((name) => work(seen, name)) as [Job, Job, Job]
    const all = [lanes.use(plain, a.run), lanes.use({ alone: true, urgency: 0 }, alone.run), lanes.use(plain, c.run)]
    await sleep(0)
    expect(seen).toEqual(['a'])
    a.end()
    await sleep(0)
    expect(seen).toEqual(['a', 'alone'])
    alone.end()
    c.end()
    await Promise.all(all)
  })

  it('are left by whoever gives up, and by work that fails', async () => {
    const lanes = new Lanes(1)
    const seen: string[] = []
    const [a, c] = [work(seen, 'a'), work(seen, 'c')]
    const first = lanes.use(plain, a.run)
    const over = new AbortController()
    const given = lanes.use({ ...plain, signal: over.signal }, async () => void seen.push('never'))
    const failing = lanes.use(plain, () => Promise.reject(new Error('broken')))
    const last = lanes.use(plain, c.run)
    over.abort(new Error('given up'))
    await expect(given).rejects.toThrow('given up')
    a.end()
    c.end()
    await expect(failing).rejects.toThrow('broken')
    await Promise.all([first, last])
    expect(seen).toEqual(['a', 'c'])
    await expect(lanes.use({ ...plain, signal: over.signal }, c.run)).rejects.toThrow('given up')
  })
})

type Job = ReturnType<typeof work>

describe('a workbench in lanes', () => {
  it("names its own directories apart, and nobody else's", async () => {
    const seen: string[] = []
    const note = async (...words: unknown[]): Promise<never> => void seen.push(words.join(' ')) as never
    const workbench: Workbench = {
      ...{ fork: note, write: note, read: note, list: note, remove: note },
      run: async ({ dir }) => {
        seen.push(`run ${dir}`)
        return {} as RunResult
      },
    }
    const view = inLanes(workbench, { lanes: new Lanes(), urgency: 0, suffix: '-2' })
    await view.fork('base', 'verdict-tests')
    await view.run({ dir: 'verdict-tests', argv: ['true'], timeoutMs: 1, maxOutputBytes: 1 })
    await view.remove('verdict-tests')
    await view.list('patched')
    expect(seen).toEqual(['base verdict-tests-2', 'run verdict-tests-2', 'verdict-tests-2', 'patched'])
  })
})
