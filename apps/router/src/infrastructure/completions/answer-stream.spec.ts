import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { AnswerStream, hasData, isError } from './answer-stream.ts'

const chunk = (fields: object): string => `data: ${JSON.stringify({ object: 'chat.completion.chunk', ...fields })}`
const text = (content: string, more: object = {}): string =>
  chunk({ choices: [{ index: 0, delta: { content }, finish_reason: null }], ...more })
const end = chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
const usage = { prompt_tokens: 7, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 3 } }
const told = { inputTokens: 7, outputTokens: 5, cachedTokens: 3, reasoningTokens: 0 }

/** What comes out when the bytes arrive in pieces of these sizes. */
const pass = (bytes: Buffer, sizes: readonly number[], wantsUsage: boolean) => {
  const stream = new AnswerStream(wantsUsage)
  const out: Buffer[] = []
  for (let from = 0, at = 0; from < bytes.length; at++) {
    const size = sizes[at % sizes.length] ?? bytes.length
    out.push(stream.push(bytes.subarray(from, from + size))!)
    from += size
  }
  return { stream, text: Buffer.concat(out).toString() }
}

describe('a stream', () => {
  const events = [text('a "usage": {'), text('é\n\n', { usage: null }), ': alive', end]
  const all = (newline: string): string =>
    [...events, chunk({ choices: [], usage }), 'data: [DONE]', ''].join(newline + newline)
  const without = (newline: string): string => [...events, 'data: [DONE]', ''].join(newline + newline)

  it.each([['\n'], ['\r\n']])('loses nothing but the usage, however it is cut: %j', (newline) => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 })
    fc.assert(
      fc.property(sizes, fc.boolean(), (cut, wants) => {
        const { stream, text: passed } = pass(Buffer.from(all(newline)), cut, wants)
        expect(passed).toBe(wants ? all(newline) : without(newline))
        expect([stream.told, stream.isFinished]).toEqual([told, true])
      }),
    )
  })

  it('keeps a usage that stands with text, as some providers send it, and notes it', () => {
    const last = `${text('x', { usage })}\n\n`
    const { stream, text: passed } = pass(Buffer.from(last), [], false)
    expect([passed, stream.told]).toEqual([last, told])
  })

  it('holds the half of an event back, and does not take it for an end', () => {
    const { stream, text: passed } = pass(Buffer.from(`${text('a')}\n\n${end}`), [], false)
    expect([passed, stream.isFinished]).toEqual([`${text('a')}\n\n`, false])
  })

  it('is finished by a reason, by [DONE], or by its usage', () => {
    for (const last of [end, 'data: [DONE]', chunk({ choices: [], usage })]) {
      expect(pass(Buffer.from(`${text('a')}\n\n${last}\n\n`), [], false).stream.isFinished).toBe(true)
    }
  })

  it('does not take more than 8 MiB for one event', () => {
    expect(new AnswerStream(false).push(Buffer.alloc(9 * 1024 * 1024, 'x'))).toBeUndefined()
  })
})

describe('events', () => {
  it('have data, or only say that the connection lives', () => {
    expect([': alive\n\n', '', `: alive\n\n${end}\n\n`, `${end}\n\n`].map((one) => hasData(Buffer.from(one)))).toEqual([
      false,
      false,
      true,
      true,
    ])
  })

  it('are an error in place of an answer, or an answer that speaks of errors', () => {
    expect(isError(Buffer.from('data: {"error":{"message":"no"}}\n\n'))).toBe(true)
    expect(isError(Buffer.from(`${text('the "error"')}\n\n`))).toBe(false)
  })
})
