import { CredentialRefused } from '../domain/errors.ts'
import { CreateApiKey, RevokeApiKey } from './api-keys.ts'
import { ExchangeToken, IssueServiceToken } from './exchange-token.ts'
import type { GetDataKey } from './get-data-key.ts'
import type { Tokens, User } from './ports.ts'
import { Logout, Refresh } from './refresh.ts'
import { Login, Register, type SignInParts } from './sign-in.ts'

/** Every use case of the service. */
export class AuthApplication {
  readonly register: Register
  readonly login: Login
  readonly refresh: Refresh
  readonly logout: Logout
  readonly createApiKey: CreateApiKey
  readonly revokeApiKey: RevokeApiKey
  readonly exchangeToken: ExchangeToken
  readonly issueServiceToken: IssueServiceToken
  readonly getDataKey: GetDataKey
  readonly tokens: Tokens
  readonly #parts: SignInParts

  constructor(parts: SignInParts, getDataKey: GetDataKey, serviceSecrets: Readonly<Record<string, string>>) {
    this.#parts = parts
    this.tokens = parts.tokens
    this.getDataKey = getDataKey
    this.register = new Register(parts)
    this.login = new Login(parts)
    this.refresh = new Refresh(parts)
    this.logout = new Logout(parts)
    this.createApiKey = new CreateApiKey(parts)
    this.revokeApiKey = new RevokeApiKey(parts)
    this.exchangeToken = new ExchangeToken(parts)
    this.issueServiceToken = new IssueServiceToken(parts, serviceSecrets)
  }

  /** Who the caller is. @throws CredentialRefused when the account is gone */
  async readUser({ tenantId, userId }: { tenantId: string; userId: string }): Promise<User> {
    const user = await this.#parts.unitOfWork.run(tenantId, ({ users }) => users.load(userId))
    if (!user) throw new CredentialRefused()
    return user
  }
}
