import { describe, expect, it } from '@jest/globals'
import { canonicalJson } from '@iama/patch'
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { openVerdict, pinnedFingerprint, type VerdictEnvelope } from '@iama/verdict/envelope'
import { Ed25519VerdictSigner, loadVerdictKey } from './verdict-signer.ed25519.ts'

const facts = { at: new Date(0), milliseconds: 5 }

describe('the signature of a verdict', () => {
  it('can be checked by anyone from the envelope alone, and fails for another body', () => {
    const signer = new Ed25519VerdictSigner(generateKeyPairSync('ed25519').privateKey)
    const body = canonicalJson({ version: 1, result: 'pass', gates: [] })
    const envelope = JSON.parse(Buffer.from(signer.seal(body, facts)).toString()) as VerdictEnvelope
    const key = createPublicKey({
      key: Buffer.from(envelope.signature.publicKey, 'base64'),
      format: 'der',
      type: 'spki',
    })
    const value = Buffer.from(envelope.signature.value, 'base64')
    const holds = (text: string) => verify(null, Buffer.from(text), key, value)
    expect(holds(canonicalJson(envelope.body))).toBe(true)
    expect(holds(canonicalJson({ ...(envelope.body as object), result: 'fail' }))).toBe(false)
  })

  it('is opened by whoever pinned the key that the signer tells', () => {
    const signer = new Ed25519VerdictSigner(generateKeyPairSync('ed25519').privateKey)
    const hash = 'a'.repeat(64)
    const body = { version: 1, result: 'pass', base: hash, patch: hash, patched: hash, tools: {}, gates: [] }
    const { fingerprint } = openVerdict(Buffer.from(signer.seal(canonicalJson(body), facts)).toString())
    expect(fingerprint).toBe(signer.publicKey.fingerprint)
    expect(pinnedFingerprint(signer.publicKey.pem)).toBe(fingerprint)
  })

  it('comes from a key that is made once and only its owner can read', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'iama-key-'))
    const file = path.join(folder, 'deeper', 'verdict-key.pem')
    const first = loadVerdictKey(file)
    expect(loadVerdictKey(file).equals(first)).toBe(true)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    rmSync(folder, { recursive: true })
  })
})
