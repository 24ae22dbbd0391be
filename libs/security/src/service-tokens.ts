import { systemClock, type Clock } from '@iama/kernel'
import type { IssuedToken } from './tokens.ts'

/** The service that a proto package belongs to: `jobs` for `iama.jobs.v1.JobService`. */
export const audienceOf = (serviceTypeName: string): string => serviceTypeName.split('.')[1] ?? serviceTypeName

export interface ServiceTokensOptions {
  /** Asks `auth` for a token of ours, for one audience (`InternalService.IssueServiceToken`). */
  readonly issue: (audience: string) => Promise<IssuedToken>
  readonly clock?: Clock
}

/** A token provider for `@iama/rpc` clients: the token of this process for the called service. */
export type ServiceTokens = (call: {
  readonly method: { readonly parent: { readonly typeName: string } }
}) => Promise<string>

interface Held extends IssuedToken {
  readonly renewAt: number
}

/**
 * Keeps one token for each audience and renews it when four fifths of its life are over. One request at a time; while
 * `auth` is away, the old token serves to its end.
 */
export const serviceTokens = ({ issue, clock = systemClock }: ServiceTokensOptions): ServiceTokens => {
  const held = new Map<string, Held>()
  const underWay = new Map<string, Promise<Held>>()
  const now = () => clock.now().getTime()

  const renew = (audience: string): Promise<Held> => {
    const running = underWay.get(audience)
    if (running) return running
    const asked = now()
    const request = issue(audience)
      .then((issued) => {
        const fresh = { ...issued, renewAt: asked + (issued.expiresAt.getTime() - asked) * 0.8 }
        held.set(audience, fresh)
        return fresh
      })
      .finally(() => underWay.delete(audience))
    underWay.set(audience, request)
    return request
  }

  return async ({ method }) => {
    const audience = audienceOf(method.parent.typeName)
    const current = held.get(audience)
    if (!current || now() >= current.expiresAt.getTime()) return (await renew(audience)).token
    if (now() >= current.renewAt) return (await renew(audience).catch(() => current)).token
    return current.token
  }
}
