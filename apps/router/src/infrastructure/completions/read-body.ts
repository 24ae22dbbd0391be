import type { IncomingMessage } from 'node:http'
import { DomainError } from '@iama/kernel'

/** A body may have so many bytes. */
export const MOST_BODY_BYTES = 32 * 1024 * 1024
/** Room that is taken for a body before any of it has come: what a client announces it need not send. */
const MOST_AHEAD_BYTES = 1024 * 1024

export class BodyTooLarge extends DomainError {
  readonly code = 'BODY_TOO_LARGE'
  override readonly kind = 'invalid'

  constructor() {
    super(`the body is larger than ${MOST_BODY_BYTES / 1024 / 1024} MiB; send less`)
  }
}

/** The client went before its request was whole. */
export class ClientGone extends Error {}

/** A body in memory of its own, with room behind it. */
export interface Body {
  readonly memory: Buffer
  readonly length: number
}

/**
 * Reads a body to one place: pieces that are joined in the end take the memory twice, and a large body costs little
 * else than its memory.
 * @param spare bytes of room behind the body
 * @throws BodyTooLarge, ClientGone
 */
export const readBody = (request: IncomingMessage, spare: number): Promise<Body> =>
  new Promise((resolve, reject) => {
    const announced = Number(request.headers['content-length'] ?? 0)
    if (announced > MOST_BODY_BYTES) return reject(new BodyTooLarge())
    let memory: Buffer = Buffer.allocUnsafeSlow(Math.min(announced, MOST_AHEAD_BYTES) + spare)
    let length = 0
    request.on('data', (chunk: Buffer) => {
      const next = length + chunk.length
      if (next > MOST_BODY_BYTES) {
        request.pause()
        return reject(new BodyTooLarge())
      }
      if (next + spare > memory.length) memory = grown(memory, length, Math.max(next, announced, 2 * length) + spare)
      chunk.copy(memory, length)
      length = next
    })
    request.once('end', () => resolve({ memory, length }))
    request.once('error', () => reject(new ClientGone('the client has gone')))
    // an error for nothing would cost more than all the rest: its stack is made
    request.once('close', () => request.complete || reject(new ClientGone('the client has gone')))
  })

const grown = (memory: Buffer, length: number, size: number): Buffer => {
  const larger = Buffer.allocUnsafeSlow(size)
  memory.copy(larger, 0, 0, length)
  return larger
}
