import { describe, expect, it } from '@jest/globals'
import type { Progress } from './findings.ts'
import { listening, type Step } from './listening.ts'

const progress = (text: string): Progress => ({ step: 's', phase: 'running', text, milliseconds: 0n })
const read = async <T>(steps: AsyncIterable<Step<T>>): Promise<Step<T>[]> => {
  const all: Step<T>[] = []
  for await (const step of steps) all.push(step)
  return all
}

describe('listening to a step', () => {
  it('gives everything that was told, in order, and the result last', async () => {
    const steps = listening(new AbortController().signal, async (listener) => {
      listener.progress(progress('a'))
      await Promise.resolve()
      listener.progress(progress('b'))
      return 7
    })
    expect(await read(steps)).toEqual([
      { type: 'progress', progress: progress('a') },
      { type: 'progress', progress: progress('b') },
      { type: 'done', done: 7 },
    ])
  })

  it('throws what the step throws, after what it told before', async () => {
    const seen: string[] = []
    const steps = listening(new AbortController().signal, async (listener) => {
      listener.progress(progress('a'))
      throw new Error('broken')
    })
    await expect(
      (async () => {
        for await (const step of steps) seen.push(step.type)
      })(),
    ).rejects.toThrow('broken')
    expect(seen).toEqual(['progress'])
  })

  it('aborts the step when nobody reads any more, or the caller goes away', async () => {
    const aborted = (signal: AbortSignal) =>
      new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
    let stopped = false
    const steps = listening(new AbortController().signal, async (listener) => {
      listener.progress(progress('a'))
      await aborted(listener.signal).catch(() => (stopped = true))
    })
    for await (const _ of steps) break
    expect(stopped).toBe(true)

    const caller = new AbortController()
    const others = listening(caller.signal, (listener) => aborted(listener.signal))
    setTimeout(() => caller.abort(), 5)
    await expect(read(others)).rejects.toThrow('aborted')
  })
})
