import { stat } from 'node:fs/promises'

import { withLock } from '@iama/worktree'
import { z } from 'zod'

import { usageError } from './errors.ts'
import { readIfThere, writePrivateFile } from './private-file.ts'

const account = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('tokens'),
    email: z.string(),
    accessToken: z.string(),
    accessExpiresAt: z.iso.datetime(),
    refreshToken: z.string(),
    refreshExpiresAt: z.iso.datetime(),
  }),
  z.strictObject({ kind: z.literal('apiKey'), apiKey: z.string() }),
])
const shape = z.strictObject({
  version: z.literal(1),
  /** The address used when neither --server nor IAMA_SERVER names one. */
  server: z.string(),
  /** By server address. */
  accounts: z.record(z.string(), account),
})

export type Account = z.infer<typeof account>
export type Tokens = Extract<Account, { kind: 'tokens' }>
type Stored = z.infer<typeof shape>

/** Who the user is at which server; one JSON file that only its owner may read. */
export class Credentials {
  private readonly file: string

  constructor(file: string) {
    this.file = file
  }

  async defaultServer(): Promise<string | undefined> {
    return (await this.read())?.server
  }

  async account(server: string): Promise<Account | undefined> {
    return (await this.read())?.accounts[server]
  }

  /** Remembers an account and makes its server the usual one. */
  async save(server: string, value: Account): Promise<void> {
    await this.locked(async () => {
      const accounts = { ...(await this.read())?.accounts, [server]: value }
      await writePrivateFile(this.file, `${JSON.stringify({ version: 1, server, accounts }, null, 2)}\n`)
    })
  }

  /**
   * Exchanges tokens while no other process does: a refresh token that is used twice ends its session. What another
   * process fetched meanwhile is taken instead of asking again.
   */
  async renew(server: string, stale: Tokens, exchange: (token: string) => Promise<Tokens>): Promise<Account> {
    return this.locked(async () => {
      const stored = await this.read()
      const now = stored?.accounts[server]
      if (now && (now.kind !== 'tokens' || now.refreshToken !== stale.refreshToken)) return now
      const fresh = await exchange(stale.refreshToken)
      const next: Stored = { version: 1, server, ...stored, accounts: { ...stored?.accounts, [server]: fresh } }
      await writePrivateFile(this.file, `${JSON.stringify(next, null, 2)}\n`)
      return fresh
    })
  }

  /** Whether others may read the file, which it must never allow. */
  async isExposed(): Promise<boolean> {
    if (process.platform === 'win32') return false
    const stats = await stat(this.file).catch(() => undefined)
    return stats !== undefined && (stats.mode & 0o077) !== 0
  }

  private async locked<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await withLock(`${this.file}.lock`, work)
      } catch (error) {
        const held = error instanceof Error && 'code' in error && error.code === 'LOCK_HELD'
        if (!held || attempt >= 50) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }

  private async read(): Promise<Stored | undefined> {
    const text = await readIfThere(this.file)
    if (text === undefined) return undefined
    try {
      return shape.parse(JSON.parse(text))
    } catch {
      throw usageError(`${this.file} is damaged`, 'Remove it and run `iama login`.')
    }
  }
}
