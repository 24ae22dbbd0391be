import { canonicalJson } from '@iama/patch'
import { DomainError } from '@iama/kernel'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { z } from 'zod'

// A module of its own: whoever only checks a signature needs nothing of the gates.

/** The file is not a verdict as the sandbox writes it. */
export class NotAVerdict extends DomainError {
  readonly code = 'NOT_A_VERDICT'
  override readonly kind = 'invalid'
}

/** The signature does not belong to the body: one of them was changed. */
export class SignatureInvalid extends DomainError {
  readonly code = 'SIGNATURE_INVALID'
  override readonly kind = 'invalid'

  constructor(because: string) {
    super(`the verdict must not be believed: ${because}`)
  }
}

const hash = z.string().regex(/^[0-9a-f]{64}$/)
const gate = z.looseObject({
  gate: z.string(),
  number: z.int(),
  status: z.enum(['pass', 'fail', 'warn', 'not-applicable']),
  summary: z.string(),
  details: z.array(z.looseObject({ kind: z.string(), subject: z.string(), message: z.string() })),
})

/** What is read of a body; it may hold more, which the signature covers all the same. */
const body = z.looseObject({
  version: z.literal(1),
  result: z.enum(['pass', 'fail']),
  base: hash,
  patch: hash,
  patched: hash,
  tools: z.record(z.string(), z.string()),
  gates: z.array(gate),
  /** Absent in verdicts of older versions. */
  commits: z.array(z.looseObject({ recipes: z.array(z.string()), edits: z.array(z.string()), tree: hash })).optional(),
})

const envelope = z.strictObject({
  version: z.literal(1),
  body,
  signature: z.strictObject({
    algorithm: z.literal('ed25519'),
    /** The first 16 digits of the key's fingerprint. */
    keyId: z.string(),
    /** DER, SPKI, base64. */
    publicKey: z.base64(),
    /** Over the canonical JSON of `body`; base64. */
    value: z.base64(),
  }),
  /** What is not the same in every run, and what the signature does not cover. */
  run: z.strictObject({ at: z.string(), milliseconds: z.number(), platform: z.string(), node: z.string() }),
})

/** A verdict as it leaves the sandbox. */
export type VerdictEnvelope = z.infer<typeof envelope>

/** A verdict of which the signature holds; by whom is for the reader to judge. */
export interface SignedVerdict extends VerdictEnvelope {
  /** Of the key that signed: hex SHA-256 of the public key in DER (SPKI). */
  readonly fingerprint: string
}

/** Hex SHA-256 of a public key in DER (SPKI): how people and settings name it. */
export const fingerprintOf = (publicKey: Uint8Array): string => createHash('sha256').update(publicKey).digest('hex')

/** How an envelope names the key that signed it. */
export const keyIdOf = (publicKey: Uint8Array): string => fingerprintOf(publicKey).slice(0, 16)

/**
 * Reads a verdict and checks its signature with the key that it names itself: it tells that nothing was changed since
 * that key signed, not whose key it is.
 * @throws NotAVerdict, SignatureInvalid
 */
export const openVerdict = (text: string): SignedVerdict => {
  const opened = parsed(text)
  const { publicKey, value, keyId } = opened.signature
  const der = Buffer.from(publicKey, 'base64')
  if (keyId !== keyIdOf(der)) throw new SignatureInvalid('it names another key than the one that it carries')
  const signed = Buffer.from(canonicalJson(opened.body))
  if (!verify(null, signed, readKey(der), Buffer.from(value, 'base64')))
    throw new SignatureInvalid('its signature does not belong to what it says')
  return { ...opened, fingerprint: fingerprintOf(der) }
}

const parsed = (text: string): VerdictEnvelope => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new NotAVerdict(`this is not a verdict: it is not JSON (${(error as Error).message})`)
  }
  const result = envelope.safeParse(value)
  if (result.success) return result.data
  const { path, message } = result.error.issues[0]!
  throw new NotAVerdict(`this is not a verdict: ${[...path.map(String), message].join(': ')}`)
}

const readKey = (der: Buffer) => {
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // told below, as for any other key that is none of ours
  }
  throw new SignatureInvalid('the key that it carries is no ed25519 key')
}

const fingerprint = /^(?:sha256:)?([0-9a-f]{64})$/i

/**
 * The fingerprint that a pinned key stands for: a fingerprint of 64 hex digits, or the text of a public key in PEM.
 * @returns undefined when the text is neither; a shorter name of a key could be met by another one
 */
export const pinnedFingerprint = (text: string): string | undefined => {
  const named = fingerprint.exec(text.trim())?.[1]
  if (named !== undefined) return named.toLowerCase()
  if (!text.includes('PUBLIC KEY')) return undefined // Node would derive a public key of a private one
  try {
    return fingerprintOf(createPublicKey(text).export({ type: 'spki', format: 'der' }))
  } catch {
    return undefined
  }
}
