/** What a member of a tenant may be; `owner` may do everything. */
export const ROLES = ['owner', 'admin', 'maintainer', 'developer', 'viewer', 'auditor'] as const
export type Role = (typeof ROLES)[number]

export const isRole = (text: unknown): text is Role => ROLES.includes(text as Role)

/**
 * Who makes a call, as proven by a token.
 *
 * - `user`: a person behind the gateway; `userId`, `tenantId` and `roles` are set.
 * - `apiKey`: a key of a tenant; acts with the roles it was given, for the `userId` that made it.
 * - `service`: one of our own processes; `service` is its name. An empty `tenantId` means that the token is not bound
 *   to a tenant, and each request names its own.
 * - `anonymous`: nobody has signed in; reaches only the methods that the caller matrix opens to `anyone`.
 */
export interface Principal {
  readonly kind: 'user' | 'service' | 'apiKey' | 'anonymous'
  /** UUID of the tenant, or empty for a service that acts for many. */
  readonly tenantId: string
  readonly roles: readonly Role[]
  readonly userId?: string
  readonly service?: string
  /** UUID of the one job that a service token is bound to. */
  readonly jobId?: string
}

export const anonymous: Principal = { kind: 'anonymous', tenantId: '', roles: [] }

/** Whether a person stands behind the call, directly or through an API key. */
export const isPerson = (principal: Principal): boolean => principal.kind === 'user' || principal.kind === 'apiKey'
