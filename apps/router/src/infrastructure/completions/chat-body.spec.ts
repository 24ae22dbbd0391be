import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { ModelSettings } from '../models-file.ts'
import { ChatBody, SPARE_BYTES } from './chat-body.ts'

const settings = { offer: { model: 'theirs' }, capField: 'max_tokens' } as ModelSettings
const messages = [{ role: 'user', content: 'hello' }]

/** A body as it is read, with room behind it or without. */
const read = (text: string, spare: number): ChatBody => {
  const bytes = Buffer.from(text)
  return new ChatBody({ memory: Buffer.concat([bytes, Buffer.alloc(spare, '#')]), length: bytes.length })
}

const sent = (body: object, spare = SPARE_BYTES): unknown =>
  JSON.parse(read(JSON.stringify(body), spare).forModel(settings, 50).toString())

describe('the body for a model', () => {
  it('has our model and cap, and everything else as it came', () => {
    const others = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true })
    const ours = ['model', 'messages', 'stream', 'stream_options', 'n', 'max_tokens', 'max_completion_tokens']
    fc.assert(
      fc.property(others, fc.constantFrom(0, 20, SPARE_BYTES), (more, spare) => {
        const rest = Object.fromEntries(Object.entries(more).filter(([name]) => !ours.includes(name)))
        const body = { model: 'mine', ...rest, messages, max_tokens: 9, max_completion_tokens: 8 }
        expect(sent(body, spare)).toEqual(
          JSON.parse(JSON.stringify({ ...rest, messages, model: 'theirs', max_tokens: 50 })),
        )
      }),
    )
  })

  it('asks for the usage of a stream, and keeps its other options', () => {
    const body = { model: 'm', messages, stream: true, stream_options: { include_usage: false, other: 1 } }
    expect(sent(body)).toMatchObject({ stream: true, stream_options: { include_usage: true, other: 1 } })
    expect(read(JSON.stringify(body), 0).wantsUsage).toBe(false)
  })

  it('cannot be told another cap by a field that stands twice', () => {
    const text = '{"model":"a","messages":[],"max_tokens":5,"max_tokens":900,"mod\\u0065l":"b"}'
    const body = read(text, SPARE_BYTES)
    expect([body.name, body.outputCap]).toEqual(['b', 900])
    expect(body.forModel(settings, 50).toString()).toBe('{"messages":[],"model":"theirs","max_tokens":50}')
  })
  it('is another for the next model, of the same fields', () => {
    const text =
      ' { "messages" : [{"role":"user","content":"hello"}] , "model":"a", "temperature": 0.5, "max_tokens":9 , "x":[1] }'
    const kept = '"messages" : [{"role":"user","content":"hello"}],"temperature": 0.5,"x":[1]'
    for (const spare of [0, SPARE_BYTES]) {
      const body = read(text, spare)
      const counted = body.countTokens('theirs')
      expect(body.forModel(settings, 5_000).toString()).toBe(`{${kept},"model":"theirs","max_tokens":5000}`)
      expect(body.forModel(settings, 5).toString()).toBe(`{${kept},"model":"theirs","max_tokens":5}`)
      expect([body.bytes, body.countTokens('theirs')]).toEqual([text.length, counted])
    }
  })
})
