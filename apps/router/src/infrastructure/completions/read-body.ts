import type { IncomingMessage } from 'node:http'
import { DomainError } from '@iama/kernel'

/** A body may have so many bytes. */
export const MOST_BODY_BYTES = 32 * 1024 * 1024

export class BodyTooLarge extends DomainError {
  readonly code = 'BODY_TOO_LARGE'
  override readonly kind = 'invalid'

  constructor() {
    super(`the body is larger than ${MOST_BODY_BYTES / 1024 / 1024} MiB; send less`)
  }
}

/** The client went before its request was whole. */
export class ClientGone extends Error {}

/** @throws BodyTooLarge, ClientGone */
export const readBody = (request: IncomingMessage): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > MOST_BODY_BYTES) return reject(new BodyTooLarge())
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > MOST_BODY_BYTES) {
        request.pause()
        reject(new BodyTooLarge())
      } else chunks.push(chunk)
    })
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)))
    request.once('error', () => reject(new ClientGone('the client has gone')))
    // an error for nothing would cost more than all the rest: its stack is made
    request.once('close', () => request.complete || reject(new ClientGone('the client has gone')))
  })
