import { randomBytes } from 'node:crypto'
import type { Identity } from '@iama/service'
import {
  generateSigningKey,
  publicKeySet,
  staticKeys,
  tokenIssuer,
  type KeyProvider,
  type Principal,
} from '@iama/security'

/** Who is who in a component test: real tokens from a key made for the test, in place of a running `auth`. */
export interface TestIdentity extends Identity {
  /** A token that proves the principal to the service. */
  tokenFor(principal: Principal, audience: string): Promise<string>
  /** A person of a tenant. */
  user(tenantId: string, userId: string, audience: string): Promise<string>
  /** One of our own processes. */
  service(name: string, audience: string): Promise<string>
}

export const testIdentity = async (name = 'test'): Promise<TestIdentity> => {
  const key = await generateSigningKey()
  const issuer = tokenIssuer(key)
  const tokenFor = async (principal: Principal, audience: string): Promise<string> =>
    (await issuer.issue(principal, audience, 3_600)).token
  return {
    keys: staticKeys(publicKeySet([key])),
    dataKeys: memoryKeys(),
    tokens: async ({ method }) =>
      await tokenFor(
        { kind: 'service', service: name, tenantId: '', roles: [] },
        method.parent.typeName.split('.')[1]!,
      ),
    tokenFor,
    user: (tenantId, userId, audience) => tokenFor({ kind: 'user', tenantId, userId, roles: ['owner'] }, audience),
    service: (service, audience) => tokenFor({ kind: 'service', service, tenantId: '', roles: [] }, audience),
  }
}

const memoryKeys = (): KeyProvider => {
  const keys = new Map<string, Uint8Array>()
  return {
    dataKey: async ({ tenantId }) => {
      const key = keys.get(tenantId) ?? randomBytes(32)
      keys.set(tenantId, key)
      return { key, version: 1 }
    },
  }
}
