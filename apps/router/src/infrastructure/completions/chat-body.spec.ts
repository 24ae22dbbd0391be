import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { ModelSettings } from '../models-file.ts'
import { ChatBody } from './chat-body.ts'

const settings = { offer: { model: 'theirs' }, capField: 'max_tokens' } as ModelSettings
const messages = [{ role: 'user', content: 'hello' }]

const sent = (body: object, cap = 50): unknown =>
  JSON.parse(new ChatBody(Buffer.from(JSON.stringify(body))).forModel(settings, cap).toString())

describe('the body for a model', () => {
  it('has our model and cap, and everything else as it came', () => {
    const others = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true })
    const ours = ['model', 'messages', 'stream', 'stream_options', 'n', 'max_tokens', 'max_completion_tokens']
    fc.assert(
      fc.property(others, (more) => {
        const rest = Object.fromEntries(Object.entries(more).filter(([name]) => !ours.includes(name)))
        const body = { model: 'mine', ...rest, messages, max_tokens: 9, max_completion_tokens: 8 }
        expect(sent(body)).toEqual(JSON.parse(JSON.stringify({ ...rest, messages, model: 'theirs', max_tokens: 50 })))
      }),
    )
  })

  it('asks for the usage of a stream, and keeps its other options', () => {
    const body = { model: 'm', messages, stream: true, stream_options: { include_usage: false, other: 1 } }
    expect(sent(body)).toMatchObject({ stream: true, stream_options: { include_usage: true, other: 1 } })
    expect(new ChatBody(Buffer.from(JSON.stringify(body))).wantsUsage).toBe(false)
  })

  it('cannot be told another cap by a field that stands twice', () => {
    const text = '{"model":"a","messages":[],"max_tokens":5,"max_tokens":900,"mod\\u0065l":"b"}'
    const body = new ChatBody(Buffer.from(text))
    expect([body.name, body.outputCap]).toEqual(['b', 900])
    expect(body.forModel(settings, 50).toString()).toBe('{"messages":[],"model":"theirs","max_tokens":50}')
  })
})
