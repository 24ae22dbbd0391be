import type { Email, Password } from '../domain/credentials.ts'
import type { Session } from '../domain/session.ts'

export interface User {
  readonly id: string
  readonly tenantId: string
  readonly email: string
  readonly role: 'owner' | 'admin' | 'maintainer' | 'developer' | 'viewer' | 'auditor'
  readonly createdAt: Date
}

export interface StoredSession {
  readonly id: string
  readonly userId: string
  readonly session: Session
  readonly version: number
}

export interface ApiKey {
  readonly id: string
  readonly userId: string
  readonly name: string
  readonly revoked: boolean
}

export interface Users {
  /** @throws EmailTaken */
  add(user: User, emailHash: string, passwordHash: string, tenantName: string): Promise<void>
  load(userId: string): Promise<(User & { readonly passwordHash: string }) | undefined>
}

export interface Sessions {
  add(id: string, userId: string, session: Session, at: Date): Promise<void>
  load(id: string): Promise<StoredSession | undefined>
  /** Stores the session and the hash of its new token. @throws ConcurrentUpdate */
  save(stored: StoredSession, session: Session): Promise<void>
}

export interface ApiKeys {
  /** @throws ApiKeyExists */
  add(key: ApiKey, secretHash: string, at: Date): Promise<void>
  load(id: string): Promise<ApiKey | undefined>
  revoke(id: string, at: Date): Promise<void>
}

export interface DataKeys {
  /** The wrapped key of the tenant: the one that is there, or the given one when there is none. */
  keep(wrapped: Uint8Array): Promise<{ readonly wrapped: Uint8Array; readonly version: number }>
}

export type Announcement =
  | { readonly type: 'user.registered'; readonly userId: string; readonly role: string }
  | { readonly type: 'user.loggedin'; readonly userId: string; readonly sessionId: string }
  | { readonly type: 'session.revoked'; readonly sessionId: string; readonly reason: string }
  | { readonly type: 'apikey.created'; readonly apiKeyId: string; readonly userId: string }
  | { readonly type: 'apikey.revoked'; readonly apiKeyId: string }

export interface Announcements {
  announce(announcement: Announcement, at: Date): Promise<void>
}

/** What takes part in one transaction of one tenant. */
export interface Stores {
  readonly users: Users
  readonly sessions: Sessions
  readonly apiKeys: ApiKeys
  readonly dataKeys: DataKeys
  readonly announcements: Announcements
}

export interface UnitOfWork {
  run<Result>(tenantId: string, work: (stores: Stores) => Promise<Result>): Promise<Result>
}

/** Whose an identity is, across tenants: ids alone. */
export interface Directory {
  userOfEmail(emailHash: string): Promise<{ readonly tenantId: string; readonly id: string } | undefined>
  sessionOfToken(tokenHash: string): Promise<{ readonly tenantId: string; readonly id: string } | undefined>
  apiKeyOfSecret(secretHash: string): Promise<{ readonly tenantId: string; readonly id: string } | undefined>
}

export interface Passwords {
  hash(password: Password): Promise<string>
  /** Takes as long without a hash as with one. */
  matches(password: string, hash: string | undefined): Promise<boolean>
}

/** Fresh secrets, and the hashes under which they are looked up. */
export interface Secrets {
  /** 32 random bytes as base64url, 43 characters. */
  fresh(): string
  hash(secret: string): string
  /** Whether a secret has this hash, in a time that does not tell where they differ. */
  matches(secret: string, hash: string): boolean
  /** A keyed hash, so that a stolen table cannot be tried against a list of addresses. */
  hashEmail(email: Email): string
}

/** Bounds attempts to sign in. */
export interface LoginThrottle {
  /** @throws TooManyLogins */
  take(emailHash: string, peer: string): Promise<void>
  /** A success forgives what came before. */
  forgive(emailHash: string): Promise<void>
}

export interface Issued {
  readonly token: string
  readonly expiresAt: Date
}

export interface Tokens {
  access(user: User): Promise<Issued>
  /** For one service, on behalf of whoever the token or key belongs to. */
  internal(user: User, kind: 'user' | 'apiKey', audience: string): Promise<Issued>
  service(service: string, audience: string): Promise<Issued>
  /** @returns the user and tenant of an access token. @throws Unauthenticated */
  verifyAccess(token: string): Promise<{ readonly tenantId: string; readonly userId: string }>
  jwksJson(): string
}

/** Wraps data keys with the master key. */
export interface MasterKey {
  wrap(tenantId: string, key: Uint8Array): Uint8Array
  unwrap(tenantId: string, wrapped: Uint8Array): Uint8Array
}
