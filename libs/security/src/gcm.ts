import { DomainError } from '@iama/kernel'
import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { KeyScope } from './data-keys.ts'

/*
 * A sealed value:   'IE' | format 1 | key version (u32) | nonce (12) | ciphertext | tag (16)
 * A sealed stream:  'IE' | format 2 | key version (u32) | salt (32)  | chunks, each: length (u32) | ciphertext | tag (16)
 *
 * AES-256-GCM. The header, the scope and the purpose are authenticated with it, so that a ciphertext cannot be moved to
 * another tenant or column. A stream has its own key (derived with the salt) and counts its chunks in the nonce; the
 * last byte of the nonce marks the last chunk, so that cutting, swapping and repeating chunks is found.
 */
const MAGIC = Buffer.from('IE')
export const VALUE = 1
export const STREAM = 2
export const PREFIX = 7
export const NONCE = 12
export const TAG = 16
export const SALT = 32

export class CiphertextRejected extends DomainError {
  readonly code = 'CIPHERTEXT_REJECTED'
}

export const rejected = (why: string) =>
  new CiphertextRejected(`${why}; it was changed, cut short, or sealed for another tenant or purpose`)

export const prefix = (format: number, version: number): Buffer => {
  const bytes = Buffer.alloc(PREFIX)
  MAGIC.copy(bytes)
  bytes.writeUInt8(format, 2)
  bytes.writeUInt32BE(version, 3)
  return bytes
}

export const readPrefix = (bytes: Buffer, format: number): number => {
  if (bytes.length < PREFIX || !bytes.subarray(0, 2).equals(MAGIC)) throw rejected('this is no sealed value')
  if (bytes[2] !== format) throw rejected(`format ${bytes[2]} was found where ${format} is expected`)
  return bytes.readUInt32BE(3)
}

/** What is authenticated beside the plain text; each part with its length in front: no two different triples give the same bytes. */
export const authenticated = (header: Uint8Array, scope: KeyScope, purpose: string): Buffer =>
  Buffer.concat(
    [header, Buffer.from(scope.tenantId), Buffer.from(scope.subjectId ?? ''), Buffer.from(purpose)].flatMap((part) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(part.length)
      return [length, part]
    }),
  )

export const seal = (key: Buffer, nonce: Uint8Array, aad: Buffer, plain: Uint8Array): Buffer => {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(aad)
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

export const open = (key: Buffer, nonce: Uint8Array, aad: Buffer, sealed: Buffer): Buffer => {
  if (sealed.length < TAG) throw rejected('the sealed value is too short')
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG })
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG)), decipher.final()])
  } catch {
    throw rejected('the sealed value does not open')
  }
}
