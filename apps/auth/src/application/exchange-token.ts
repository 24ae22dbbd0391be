import { CredentialRefused } from '../domain/errors.ts'
import { API_KEY_PREFIX } from './api-keys.ts'
import type { Issued, User } from './ports.ts'
import type { SignInParts } from './sign-in.ts'

export type Credential =
  { readonly kind: 'accessToken'; readonly token: string } | { readonly kind: 'apiKey'; readonly secret: string }

/** Turns what a client sent into a token that one service accepts for a minute. */
export class ExchangeToken {
  readonly #parts: SignInParts

  constructor(parts: SignInParts) {
    this.#parts = parts
  }

  async execute(credential: Credential, audience: string): Promise<Issued> {
    const user =
      credential.kind === 'apiKey'
        ? await this.#ofApiKey(credential.secret)
        : await this.#ofAccessToken(credential.token)
    if (!user) throw new CredentialRefused()
    return await this.#parts.tokens.internal(user, credential.kind === 'apiKey' ? 'apiKey' : 'user', audience)
  }

  async #ofAccessToken(token: string): Promise<User | undefined> {
    const { tenantId, userId } = await this.#parts.tokens.verifyAccess(token)
    return await this.#load(tenantId, userId)
  }

  async #ofApiKey(secret: string): Promise<User | undefined> {
    const { directory, secrets, unitOfWork } = this.#parts
    if (!secret.startsWith(API_KEY_PREFIX)) return undefined
    const found = await directory.apiKeyOfSecret(secrets.hash(secret))
    const key = found && (await unitOfWork.run(found.tenantId, ({ apiKeys }) => apiKeys.load(found.id)))
    return found && key && !key.revoked ? await this.#load(found.tenantId, key.userId) : undefined
  }

  async #load(tenantId: string, userId: string): Promise<User | undefined> {
    return await this.#parts.unitOfWork.run(tenantId, ({ users }) => users.load(userId))
  }
}

/** Issues a token to a service that proves itself with its secret. */
export class IssueServiceToken {
  readonly #parts: SignInParts
  readonly #secretHashes: Readonly<Record<string, string>>

  constructor(parts: SignInParts, secretHashes: Readonly<Record<string, string>>) {
    this.#parts = parts
    this.#secretHashes = secretHashes
  }

  async execute(service: string, secret: string, audience: string): Promise<Issued> {
    // a name such as "constructor" is no service, though every object has one
    const hash = Object.hasOwn(this.#secretHashes, service) ? this.#secretHashes[service]! : ''
    const known = this.#parts.secrets.matches(secret, hash)
    if (!known) throw new CredentialRefused()
    return await this.#parts.tokens.service(service, audience)
  }
}
