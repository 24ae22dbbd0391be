import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { Together } from './together.ts'

const sender = () => {
  const sent: string[] = []
  const together = new Together<number, number>(async (key, items) => {
    sent.push(`${key}: ${items.join(' ')}`)
    if (items.includes(13)) throw new Error('refused')
    return items.map((item) => item * 10)
  })
  return { sent, together }
}

describe('items that are sent together', () => {
  it('are those of one key in one turn, and each gets its own answer', async () => {
    const { sent, together } = sender()
    const answers = await Promise.all([together.add('a', 1), together.add('b', 2), together.add('a', 3)])
    expect(answers).toEqual([10, 20, 30])
    expect(sent).toEqual(['a: 1 3', 'b: 2'])
  })

  it('do not wait for those of the next turn', async () => {
    const { sent, together } = sender()
    const first = together.add('a', 1)
    await nextTurn()
    await Promise.all([first, together.add('a', 2)])
    expect(sent).toEqual(['a: 1', 'a: 2'])
  })

  it('fail together, and no others with them', async () => {
    const { together } = sender()
    const ended = await Promise.allSettled([together.add('a', 1), together.add('a', 13), together.add('b', 2)])
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
    expect(await together.add('a', 4)).toBe(40)
  })
})
