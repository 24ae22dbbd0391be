import { describe, expect, it } from '@jest/globals'
import { Readable } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import { BodyTooLarge, ClientGone, MOST_BODY_BYTES, readBody, type Body } from './read-body.ts'

/** A request whose body comes in these pieces. */
const requestOf = (pieces: readonly Buffer[], announced?: number): IncomingMessage => {
  const headers = announced === undefined ? {} : { 'content-length': String(announced) }
  return Object.assign(Readable.from(pieces), { headers, complete: true }) as unknown as IncomingMessage
}

const textOf = ({ memory, length }: Body): string => memory.toString('latin1', 0, length)

describe('the body of a request', () => {
  const pieces = Array.from({ length: 60 }, (_, at) => Buffer.alloc(at * 1_000, String.fromCharCode(65 + at)))
  const whole = Buffer.concat(pieces)

  it.each([
    ['was announced', whole.length],
    ['was not', undefined],
  ])('is whole, with room behind it, where its size %s', async (_name, announced) => {
    const body = await readBody(requestOf(pieces, announced), 512)
    expect(textOf(body)).toBe(whole.toString('latin1'))
    expect(body.memory.length - body.length).toBeGreaterThanOrEqual(512)
  })

  it('may be nothing', async () => {
    expect((await readBody(requestOf([]), 512)).length).toBe(0)
  })

  it('takes no memory for what was only announced', async () => {
    const body = await readBody(requestOf([Buffer.from('{}')], MOST_BODY_BYTES), 0)
    expect(body.memory.length).toBeLessThanOrEqual(1024 * 1024)
  })

  it('is refused when it is too large, announced or not', async () => {
    await expect(readBody(requestOf([], MOST_BODY_BYTES + 1), 0)).rejects.toBeInstanceOf(BodyTooLarge)
    const pieces = Array.from({ length: 33 }, () => Buffer.alloc(1024 * 1024))
    await expect(readBody(requestOf(pieces), 0)).rejects.toBeInstanceOf(BodyTooLarge)
  })

  it('of a client that has gone is not waited for', async () => {
    const request = Object.assign(new Readable({ read: () => {} }), { headers: {}, complete: false })
    const body = readBody(request as unknown as IncomingMessage, 0)
    request.destroy()
    await expect(body).rejects.toBeInstanceOf(ClientGone)
  })
})
