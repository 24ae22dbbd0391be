/** What a member of a tenant may be; `owner` may do everything. */
export const ROLES = ['owner', 'admin', 'maintainer', 'developer', 'viewer', 'auditor'] as const
export type Role = (typeof ROLES)[number]

/**
 * Who makes a call, as proven by a token.
 *
 * - `user`: a person behind the gateway; `userId`, `tenantId` and `roles` are set.
 * - `apiKey`: a key of a tenant; acts with the roles it was given.
 * - `service`: one of our own processes; `service` is its name. `tenantId`, `userId` and `jobId` are whom it acts for,
 *   and an empty `tenantId` means that the token is not bound to a tenant: each request names its own.
 */
export interface Principal {
  readonly kind: 'user' | 'service' | 'apiKey'
  /** UUID of the tenant, or empty for a service that acts for many. */
  readonly tenantId: string
  readonly roles: readonly Role[]
  readonly userId?: string
  readonly service?: string
  readonly jobId?: string
}
