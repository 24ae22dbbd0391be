import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { GroupCommit, WriterBusy } from './group-commit.ts'

/** A writer that keeps what was written together, and takes as long as a database. */
const writer = (options: { mostTogether?: number; mostWaiting?: number } = {}) => {
  const written: string[][] = []
  const busy = new Map<string, number>()
  const commits = new GroupCommit<string, string>({
    ...options,
    commit: async (group, items) => {
      busy.set(group, (busy.get(group) ?? 0) + 1)
      expect(busy.get(group)).toBe(1)
      await sleep(2)
      busy.set(group, 0)
      if (items.includes('wrong')) throw new Error('refused')
      written.push([...items])
      return items.map((item) => `${group}:${item}`)
    },
  })
  return { commits, written }
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, at) => String(at))

describe('a group commit', () => {
  it('writes in one what comes at about the same time', async () => {
    const { commits, written } = writer()
    const all = await Promise.all(numbers(50).map((item) => commits.add('a', item, 1)))
    expect(all).toEqual(numbers(50).map((item) => `a:${item}`))
    expect(written).toEqual([numbers(50)])
  })

  it('waits as long as the most impatient does, also for what comes while it writes', async () => {
    const { commits, written } = writer()
    const patient = numbers(3).map((item) => commits.add('a', item, 60_000))
    await commits.add('a', 'impatient', 1)
    await Promise.all(patient)
    expect(written).toEqual([[...numbers(3), 'impatient']])
    const first = commits.add('a', 'writing', 0)
    await sleep(2)
    await Promise.all([first, commits.add('a', 'later', 60_000), commits.add('a', 'soon', 1)])
    expect(written.slice(1)).toEqual([['writing'], ['later', 'soon']])
  })

  it('keeps groups apart, and each in order', async () => {
    const { commits, written } = writer()
    await Promise.all(numbers(20).map((item, at) => commits.add(at % 2 ? 'odd' : 'even', item, 1)))
    expect(written.flat().sort()).toEqual(numbers(20).sort())
    for (const batch of written) expect(new Set(batch.map((item) => Number(item) % 2)).size).toBe(1)
    const evens = written.flat().filter((item) => Number(item) % 2 === 0)
    expect(evens).toEqual([...evens].sort((a, b) => Number(a) - Number(b)))
  })

  it('lets what is wrong fail alone', async () => {
    const { commits, written } = writer()
    await commits.add('a', 'first', 0)
    const results = await Promise.allSettled(['1', 'wrong', '2'].map((item) => commits.add('a', item, 1)))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(written).toEqual([['first'], ['1'], ['2']])
  })

  it('has bounds: of one transaction, and of all that waits', async () => {
    const { commits, written } = writer({ mostTogether: 4, mostWaiting: 10 })
    const results = await Promise.allSettled(numbers(12).map((item) => commits.add('a', item, 1)))
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(2)
    expect(results.at(-1)).toMatchObject({ reason: expect.any(WriterBusy) })
    expect(Math.max(...written.map(({ length }) => length))).toBe(4)
    await expect(commits.add('a', 'again', 0)).resolves.toBe('a:again')
  })
})
