import { describe, expect, it } from '@jest/globals'
import { telling } from './telling.ts'

const never = new AbortController().signal

/** Everything that a stream told, and what it returned. */
const heard = async <Result>(stream: AsyncGenerator<{ text: string }, Result>) => {
  const texts: string[] = []
  for (;;) {
    const next = await stream.next()
    if (next.done) return { texts, result: next.value }
    texts.push(next.value.text)
  }
}

describe('work that tells how it goes', () => {
  it('is a stream of what it tells, in order, whenever it tells it, and then its result', async () => {
    const stream = telling(async (tell) => {
      tell('at once')
      tell('again')
      await new Promise((resolve) => setImmediate(resolve))
      tell('later')
      return 42
    }, never)
    expect(await heard(stream)).toEqual({ texts: ['at once', 'again', 'later'], result: 42 })
  })

  it('does not lose what is told while the listener is busy', async () => {
    const stream = telling(async (tell) => {
      for (let n = 0; n < 100; n++) {
        tell(String(n))
        if (n % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
    }, never)
    const texts: string[] = []
    for await (const { text } of stream) {
      texts.push(text)
      if (texts.length % 5 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(texts).toEqual(Array.from({ length: 100 }, (_, n) => String(n)))
  })

  it('fails as the work fails, after all that was told', async () => {
    const stream = telling(async (tell) => {
      tell('soon')
      throw new Error('broken')
    }, never)
    expect(await stream.next()).toMatchObject({ value: { text: 'soon' } })
    await expect(stream.next()).rejects.toThrow('broken')
  })

  it('stops the work when nobody listens any longer, and waits for its end', async () => {
    let ended = false
    const stream = telling(async (tell, signal) => {
      tell('begun')
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      await new Promise((resolve) => setImmediate(resolve))
      ended = true
    }, never)
    for await (const { text } of stream) {
      expect(text).toBe('begun')
      break
    }
    expect(ended).toBe(true)
  })

  it('hands on the signal of whoever asked', async () => {
    const asked = new AbortController()
    const stream = telling(async (tell, signal) => {
      tell('begun')
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    }, asked.signal)
    await stream.next()
    const next = stream.next()
    asked.abort(new Error('cancelled'))
    await expect(next).rejects.toThrow('cancelled')
  })
})
