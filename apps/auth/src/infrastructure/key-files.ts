import { createCipheriv, createDecipheriv, createHmac, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { generateSigningKey, sameSecret, type SigningKey } from '@iama/security'
import type { MasterKey, Secrets } from '../application/ports.ts'
import type { Email } from '../domain/credentials.ts'

/** Reads a secret file, or makes it: whoever loses the race between replicas takes the winner's. */
const readOrMake = async (file: string, make: () => Promise<string>): Promise<string> => {
  const read = async (): Promise<string | undefined> => {
    try {
      return await readFile(file, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }
  const present = await read()
  if (present !== undefined) return present
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  const aside = `${file}.${randomBytes(6).toString('hex')}`
  await writeFile(aside, await make(), { mode: 0o600, flag: 'wx' })
  try {
    await link(aside, file) // fails when somebody else was first
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(aside, { force: true })
  }
  return (await read())!
}

/** The RS256 key that every token is signed with. */
export const loadSigningKey = async (folder: string): Promise<SigningKey> =>
  JSON.parse(
    await readOrMake(path.join(folder, 'signing-key.json'), async () => JSON.stringify(await generateSigningKey())),
  ) as SigningKey

const NONCE = 12
const TAG = 16

/** The master key as a file: for development and single machines. A cluster puts a KMS behind the same port. */
export class FileMasterKey implements MasterKey, Pick<Secrets, 'hashEmail'> {
  readonly #key: Buffer

  private constructor(key: Buffer) {
    this.#key = key
  }

  static async load(folder: string): Promise<FileMasterKey> {
    const hex = await readOrMake(path.join(folder, 'master-key.hex'), async () => randomBytes(32).toString('hex'))
    return new FileMasterKey(Buffer.from(hex.trim(), 'hex'))
  }

  wrap(tenantId: string, key: Uint8Array): Uint8Array {
    const nonce = randomBytes(NONCE)
    const cipher = createCipheriv('aes-256-gcm', this.#derive('wrap'), nonce).setAAD(Buffer.from(tenantId))
    return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()])
  }

  unwrap(tenantId: string, wrapped: Uint8Array): Uint8Array {
    const bytes = Buffer.from(wrapped)
    const decipher = createDecipheriv('aes-256-gcm', this.#derive('wrap'), bytes.subarray(0, NONCE))
      .setAAD(Buffer.from(tenantId))
      .setAuthTag(bytes.subarray(-TAG))
    return Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()])
  }

  hashEmail(email: Email): string {
    return createHmac('sha256', this.#derive('email')).update(email).digest('hex')
  }

  #derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#key, '', `iama.auth/${purpose}`, 32))
  }
}

const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** Tokens of 32 random bytes: a plain hash is enough, nobody can try them all. */
export const randomSecrets = (master: FileMasterKey): Secrets => ({
  fresh: () => randomBytes(32).toString('base64url'),
  hash: hashSecret,
  matches: (secret, hash) => sameSecret(hashSecret(secret), hash),
  hashEmail: (email) => master.hashEmail(email),
})
