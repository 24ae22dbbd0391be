import { fingerprintOf, keyIdOf, type VerdictEnvelope } from '@iama/verdict/envelope'
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { VerdictSigner } from '../application/ports.ts'

/** Reads the key, or makes one that only the owner can read. Two replicas that start at once agree on the first. */
export const loadVerdictKey = (file: string): KeyObject => {
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true })
    const { privateKey } = generateKeyPairSync('ed25519')
    const own = `${file}.${process.pid}`
    writeFileSync(own, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    try {
      linkSync(own, file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      rmSync(own)
    }
  }
  const key = createPrivateKey(readFileSync(file))
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${file} holds no ed25519 key`)
  return key
}

/** Signs with a key that no sandbox and no child process ever sees. */
export class Ed25519VerdictSigner implements VerdictSigner {
  readonly #key: KeyObject
  readonly #publicKey: Buffer

  constructor(key: KeyObject) {
    this.#key = key
    this.#publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  }

  get publicKey(): VerdictSigner['publicKey'] {
    const pem = createPublicKey(this.#key).export({ type: 'spki', format: 'pem' }).toString()
    return { pem, fingerprint: fingerprintOf(this.#publicKey) }
  }

  seal(body: string, facts: { readonly at: Date; readonly milliseconds: number }): Uint8Array {
    const envelope: VerdictEnvelope = {
      version: 1,
      body: JSON.parse(body) as VerdictEnvelope['body'],
      signature: {
        algorithm: 'ed25519',
        keyId: keyIdOf(this.#publicKey),
        publicKey: this.#publicKey.toString('base64'),
        value: sign(null, Buffer.from(body), this.#key).toString('base64'),
      },
      run: {
        at: facts.at.toISOString(),
        milliseconds: facts.milliseconds,
        platform: `${os.platform()}-${os.arch()}`,
        node: process.version,
      },
    }
    return Buffer.from(JSON.stringify(envelope))
  }
}
