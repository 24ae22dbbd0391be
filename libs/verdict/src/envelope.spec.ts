import { describe, expect, it } from '@jest/globals'
import { canonicalJson } from '@iama/patch'
import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import {
  fingerprintOf,
  keyIdOf,
  NotAVerdict,
  openVerdict,
  pinnedFingerprint,
  SignatureInvalid,
  type VerdictEnvelope,
} from './envelope.ts'

const { privateKey } = generateKeyPairSync('ed25519')
const derOf = (key: KeyObject): Buffer => createPublicKey(key).export({ type: 'spki', format: 'der' })

const body = {
  version: 1,
  result: 'fail',
  seed: 1,
  base: 'a'.repeat(64),
  patch: 'b'.repeat(64),
  patched: 'c'.repeat(64),
  tools: { node: 'v24.0.0' },
  notRun: [],
  gates: [
    {
      gate: 'baseline',
      number: 1,
      status: 'fail',
      summary: '1 test fails',
      details: [{ kind: 'test', subject: 'adds', message: 'was 1, is 2' }],
    },
  ],
} as const

const sealed = (key = privateKey, of: object = body): VerdictEnvelope =>
  ({
    version: 1,
    body: of,
    signature: {
      algorithm: 'ed25519',
      keyId: keyIdOf(derOf(key)),
      publicKey: derOf(key).toString('base64'),
      value: sign(null, Buffer.from(canonicalJson(of)), key).toString('base64'),
    },
    run: { at: '2026-01-01T00:00:00.000Z', milliseconds: 5, platform: 'linux-x64', node: 'v24.0.0' },
  }) as unknown as VerdictEnvelope

describe('a signed verdict', () => {
  it('is opened, whatever its layout, and tells which key signed it', () => {
    const opened = openVerdict(JSON.stringify(sealed(), null, 2))
    expect(opened.body).toEqual(body)
    expect(opened.fingerprint).toBe(fingerprintOf(derOf(privateKey)))
  })

  it('is refused when anything that it says was changed, be it a field that is not shown', () => {
    const other = derOf(generateKeyPairSync('ed25519').privateKey).toString('base64')
    const changes: readonly (readonly [path: readonly (string | number)[], value: unknown])[] = [
      [['body', 'result'], 'pass'],
      [['body', 'seed'], 2],
      [['body', 'extra'], true],
      [['body', 'gates'], []],
      [['body', 'gates', 0, 'details', 0, 'message'], 'was 1, is 1'],
      [['signature', 'keyId'], '0'.repeat(16)],
      [['signature', 'value'], Buffer.alloc(64).toString('base64')],
      [['signature', 'publicKey'], other],
    ]
    for (const [path, value] of changes) {
      const envelope: unknown = JSON.parse(JSON.stringify(sealed()))
      const holder = path.slice(0, -1).reduce((inner, key) => (inner as Record<string, unknown>)[key], envelope)
      Object.assign(holder as object, { [path.at(-1)!]: value })
      expect(() => openVerdict(JSON.stringify(envelope))).toThrow(SignatureInvalid)
    }
  })

  it('is refused when the key is of another kind', () => {
    const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const envelope = sealed()
    const signature = { ...envelope.signature, publicKey: derOf(rsa).toString('base64'), keyId: keyIdOf(derOf(rsa)) }
    expect(() => openVerdict(JSON.stringify({ ...envelope, signature }))).toThrow('no ed25519 key')
  })

  it.each([
    ['no JSON', '{'],
    ['another document', '{"version":1}'],
    ['an unknown field, which no signature covers', JSON.stringify({ ...sealed(), note: 'trust me' })],
    ['another version', JSON.stringify({ ...sealed(), version: 2 })],
  ])('is not %s', (_, text) => {
    expect(() => openVerdict(text)).toThrow(NotAVerdict)
  })
})

describe('a pinned key', () => {
  const der = derOf(privateKey)

  it('is a whole fingerprint or a public key in PEM', () => {
    const pem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
    for (const text of [fingerprintOf(der), `sha256:${fingerprintOf(der).toUpperCase()}\n`, pem])
      expect(pinnedFingerprint(text)).toBe(fingerprintOf(der))
  })

  it('is no part of a fingerprint, no private key and nothing else', () => {
    const secret = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    for (const text of [keyIdOf(der), secret, '', 'PUBLIC KEY', 'key.pem'])
      expect(pinnedFingerprint(text)).toBeUndefined()
  })
})
