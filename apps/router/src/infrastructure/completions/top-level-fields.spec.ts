import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { BodyNotJson, jsonAt, topLevelFields } from './top-level-fields.ts'

const read = (text: string): Record<string, unknown> => {
  const body = Buffer.from(text)
  return Object.fromEntries(
    topLevelFields(body).map(({ name, valueFrom, to }) => [name, jsonAt(body, valueFrom, to)] as const),
  )
}

describe('the fields of a body', () => {
  it('are those that JSON.parse finds, whatever is in them', () => {
    const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue(), { noNullPrototype: true })
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, undefined, space)
        expect(read(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  it.each([
    [String.raw`{"a":"\\","b":"\"}","c":[{"]":"["}]}`, { a: '\\', b: '"}', c: [{ ']': '[' }] }],
    [' { "mod\\u0065l" : "x" , "n" : 1 } \n', { model: 'x', n: 1 }],
    ['{}', {}],
  ])('of %s are found', (text, fields) => expect(read(text)).toEqual(fields))

  it.each([
    ...['', ' ', '[]', '"a"', '{', '{"a"', '{"a":', '{"a":}', '{"a":1', '{"a":1,}', '{"a":1 "b":2}', '{"a":"x}'],
    ...['{a:1}', '{"a":[1}', '{"a":1}}', '{"a":1} x', '{,"a":1}'],
  ])('of %j are none', (text) => expect(() => topLevelFields(Buffer.from(text))).toThrow(BodyNotJson))

  it('never go on for ever or beyond the body', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\a1 ') }), (text) => {
        try {
          for (const { from, to } of topLevelFields(Buffer.from(text))) expect(to).toBeGreaterThan(from)
        } catch (error) {
          expect(error).toBeInstanceOf(BodyNotJson)
        }
      }),
    )
  })
})
