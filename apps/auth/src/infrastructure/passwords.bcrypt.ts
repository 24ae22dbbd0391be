import bcrypt from 'bcrypt'
import type { Passwords } from '../application/ports.ts'
import type { Password } from '../domain/credentials.ts'

export const BCRYPT_COST = 12
const MOST_BYTES = 72

export class BcryptPasswords implements Passwords {
  readonly #cost: number
  readonly #nobody: Promise<string>

  /** @param cost each step doubles the time; tests of other things take a low one */
  constructor(cost = BCRYPT_COST) {
    this.#cost = cost
    // Compared when there is no such user, so that the answer takes as long as when there is one.
    this.#nobody = bcrypt.hash('nobody has this password', cost)
  }

  async hash(password: Password): Promise<string> {
    return await bcrypt.hash(password, this.#cost)
  }

  async matches(password: string, hash: string | undefined): Promise<boolean> {
    const same = await bcrypt.compare(password, hash ?? (await this.#nobody))
    // bcrypt would take anything that begins with the right 72 bytes
    return same && hash !== undefined && Buffer.byteLength(password) <= MOST_BYTES
  }
}
