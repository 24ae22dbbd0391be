import { timestampDate } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError, type Client } from '@connectrpc/connect'
import type { AuthService, Tokens as WireTokens } from '@iama/contracts/iama/auth/v1/service'
import type { Clock } from '@iama/kernel'

import type { Account, Credentials, Tokens } from './credentials.ts'

/** A token that ends so soon, in milliseconds, might end on its way. */
const MARGIN_MS = 30_000

/** The server's tokens as they are stored. */
export const storedTokens = (email: string, tokens: WireTokens | undefined): Tokens => {
  if (!tokens?.accessExpiresAt || !tokens.refreshExpiresAt) {
    throw new ConnectError('the server sent no tokens', Code.Internal)
  }
  return {
    kind: 'tokens',
    email,
    accessToken: tokens.accessToken,
    accessExpiresAt: timestampDate(tokens.accessExpiresAt).toISOString(),
    refreshToken: tokens.refreshToken,
    refreshExpiresAt: timestampDate(tokens.refreshExpiresAt).toISOString(),
  }
}

/** Knows what to put into the `authorization` header, and renews it in time. */
export class Session {
  private readonly server: string
  private readonly credentials: Credentials
  private readonly auth: () => Pick<Client<typeof AuthService>, 'refresh'>
  private readonly clock: Clock

  constructor(
    server: string,
    credentials: Credentials,
    auth: () => Pick<Client<typeof AuthService>, 'refresh'>,
    clock: Clock,
  ) {
    this.server = server
    this.credentials = credentials
    this.auth = auth
    this.clock = clock
  }

  /** @throws ConnectError (unauthenticated) when nobody is signed in */
  async authorization(): Promise<string> {
    const account = await this.credentials.account(this.server)
    if (account === undefined) {
      throw new ConnectError(`you are not signed in at ${this.server}`, Code.Unauthenticated)
    }
    return this.header(this.isStale(account) ? await this.renewed(account) : account)
  }

  /** The header after the server refused the present one; undefined when asking again is no use. */
  async renewedAuthorization(refused: string): Promise<string | undefined> {
    const account = await this.credentials.account(this.server)
    if (account?.kind !== 'tokens') return undefined
    if (this.header(account) !== refused) return this.header(account)
    return this.header(await this.renewed(account))
  }

  private header(account: Account): string {
    return `Bearer ${account.kind === 'tokens' ? account.accessToken : account.apiKey}`
  }

  private isStale(account: Account): account is Tokens {
    return account.kind === 'tokens' && Date.parse(account.accessExpiresAt) - MARGIN_MS < this.clock.now().getTime()
  }

  private renewed(stale: Tokens): Promise<Account> {
    return this.credentials.renew(this.server, stale, async (refreshToken) => {
      const { tokens } = await this.auth().refresh({ refreshToken })
      return storedTokens(stale.email, tokens)
    })
  }
}
