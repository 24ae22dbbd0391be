import { timestampDate } from '@bufbuild/protobuf/wkt'
import type { InternalService } from '@iama/contracts/iama/auth/v1/internal'
import type { Clock } from '@iama/kernel'
import type { Client } from '@iama/rpc'
import type { Credential } from '@iama/security'

/** An internal token that ends so soon, in milliseconds, might end on its way. */
const MARGIN_MS = 10_000
const DEADLINE_MS = 5_000
/** A credential costs about 1 KiB for each service that it calls. */
const MAX_ENTRIES = 10_000

interface Entry {
  readonly token: Promise<string>
  /** Milliseconds since 1970; Infinity while `auth` is being asked. */
  until: number
}

/**
 * Internal tokens for clients' credentials, from `auth`. Kept until 10 s before their end or for `longestMs`, whichever
 * is sooner: a revoked API key works for so long, at most 50 s. Many calls with one credential ask once.
 */
export class TokenExchange {
  readonly #auth: Pick<Client<typeof InternalService>, 'exchangeToken'>
  readonly #clock: Clock
  readonly #longestMs: number
  readonly #entries = new Map<string, Entry>()

  /** @param longestMs how long a token is kept at the most, in milliseconds */
  constructor(auth: Pick<Client<typeof InternalService>, 'exchangeToken'>, clock: Clock, longestMs = Infinity) {
    this.#auth = auth
    this.#clock = clock
    this.#longestMs = longestMs
  }

  /** The token that is already there; undefined where `auth` would have to be asked. */
  held(credential: Credential, audience: string): Promise<string> | undefined {
    const entry = this.#entries.get(keyOf(credential, audience))
    return entry && this.#clock.now().getTime() < entry.until ? entry.token : undefined
  }

  /** @throws RpcError as `auth` refuses the credential, or UNAVAILABLE */
  tokenFor(credential: Credential, audience: string): Promise<string> {
    return this.held(credential, audience) ?? this.#ask(credential, audience)
  }

  /** Forgets a token that the service did not accept. */
  forget(credential: Credential, audience: string): void {
    this.#entries.delete(keyOf(credential, audience))
  }

  #ask({ kind, secret, digest }: Credential, audience: string): Promise<string> {
    const key = keyOf({ digest }, audience)
    const latest = this.#clock.now().getTime() + this.#longestMs
    const asked = this.#auth.exchangeToken(
      { credential: { case: kind, value: secret }, audience },
      { deadlineMs: DEADLINE_MS, idempotent: true },
    )
    const entry: Entry = { token: asked.then(({ internalToken }) => internalToken), until: Infinity }
    this.#entries.delete(key)
    if (this.#entries.size >= MAX_ENTRIES) this.#entries.delete(this.#entries.keys().next().value!)
    this.#entries.set(key, entry)
    asked.then(
      ({ expiresAt }) =>
        (entry.until = expiresAt ? Math.min(timestampDate(expiresAt).getTime() - MARGIN_MS, latest) : 0),
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key)
      },
    )
    return entry.token
  }
}

const keyOf = ({ digest }: Pick<Credential, 'digest'>, audience: string): string => `${audience} ${digest}`
