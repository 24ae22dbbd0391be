import { DomainError, InvalidRequest, isUuid } from '@iama/kernel'
import { PermissionDenied } from './permissions.ts'
import { anonymous, isPerson, type Principal } from './principal.ts'
import { Unauthenticated, type TokenVerifier } from './tokens.ts'

/**
 * Who may call what. Keys are services (`iama.jobs.v1.LifecycleService`) or methods (`iama.jobs.v1.JobService/GetJob`);
 * a method's own entry replaces that of its service. Values are `anyone` (no token needed), `people` (users and API
 * keys) and names of services. What is not listed is closed.
 */
export type CallerMatrix = Readonly<Record<string, readonly string[]>>

/** The parts of @iama/rpc's types that are used here; that library builds on this one. */
interface Method {
  readonly name: string
  readonly parent: { readonly typeName: string }
}
interface MetadataReader {
  get(key: string): readonly (string | Uint8Array)[]
}
interface Call {
  readonly principal: Principal
  readonly method: Method
}

export class CallerNotAllowed extends DomainError {
  readonly code = 'CALLER_NOT_ALLOWED'
  override readonly kind = 'forbidden'
}

/** Plugs into `serve`: `{ authenticate: access.authenticate, interceptors: [access.interceptor] }`. */
export interface AccessControl {
  readonly authenticate: (metadata: MetadataReader, method: Method) => Principal | Promise<Principal>
  readonly interceptor: {
    before(call: Call): void
    message(message: object, call: Call): void
  }
}

const callersOf = (matrix: CallerMatrix, { name, parent }: Method): readonly string[] =>
  matrix[`${parent.typeName}/${name}`] ?? matrix[parent.typeName] ?? []

/** The bearer token of a request; undefined where there is none. */
export const bearerToken = (metadata: MetadataReader): string | undefined =>
  /^Bearer ([\w.~+/-]+=*)$/i.exec(metadata.get('authorization')[0]?.toString() ?? '')?.[1]

const isAllowed = (callers: readonly string[], principal: Principal): boolean => {
  if (callers.includes('anyone')) return true
  // a service cannot pass for people by its name
  if (principal.kind === 'service') return principal.service !== 'people' && callers.includes(principal.service ?? '')
  return isPerson(principal) && callers.includes('people')
}

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && !Array.isArray(value)

/** The message itself and the messages directly in it: headers and references stand there. */
const identityCarriers = (message: object): [string, Fields][] => {
  const carriers: [string, Fields][] = [['', message as Fields]]
  for (const [name, value] of Object.entries(message)) {
    if (!isFields(value)) continue
    if ('$typeName' in value) carriers.push([`${name}.`, value])
    // a oneof: { case, value }
    if (typeof value['case'] === 'string' && isFields(value['value']))
      carriers.push([`${value['case']}.`, value['value']])
  }
  return carriers
}

const missing = (field: string) =>
  new InvalidRequest([{ field, reason: 'is not a UUID', fix: 'name the tenant and the job that the call is for' }])

const checkOne = (path: string, fields: Fields, principal: Principal): void => {
  const { tenantId, jobId } = fields
  if (tenantId !== undefined) {
    // people name no tenant: theirs stands in the token
    if (principal.kind === 'service' && !isUuid(String(tenantId))) throw missing(`${path}tenant_id`)
    if (principal.tenantId !== '' && tenantId !== '' && tenantId !== principal.tenantId)
      throw new PermissionDenied('the token was issued for another tenant', { field: `${path}tenant_id` })
  }
  if (principal.kind === 'service' && jobId !== undefined) {
    if (!isUuid(String(jobId))) throw missing(`${path}job_id`)
    if (principal.jobId !== undefined && jobId !== principal.jobId)
      throw new PermissionDenied('the token was issued for another job', { field: `${path}job_id` })
  }
}

/**
 * Authentication by bearer token and the caller matrix, for every call of a service; and for every message the check
 * that its tenant and job are the principal's own.
 */
export const accessControl = (options: {
  readonly matrix: CallerMatrix
  readonly verifier: TokenVerifier
}): AccessControl => {
  const { matrix, verifier } = options
  return {
    authenticate: (metadata, method) => {
      const token = bearerToken(metadata)
      if (token) return verifier.verify(token)
      if (callersOf(matrix, method).includes('anyone')) return anonymous
      throw new Unauthenticated('TOKEN_MISSING', 'no bearer token was sent; sign in first')
    },
    interceptor: {
      before: ({ method, principal }) => {
        if (isAllowed(callersOf(matrix, method), principal)) return
        const who = principal.kind === 'service' ? `the service ${principal.service}` : principal.kind
        throw new CallerNotAllowed(`${method.parent.typeName}/${method.name} is not open to ${who}`, {
          method: `${method.parent.typeName}/${method.name}`,
        })
      },
      message: (message, { principal }) => {
        if (principal.kind === 'anonymous') return
        for (const [path, fields] of identityCarriers(message)) checkOne(path, fields, principal)
      },
    },
  }
}

/** The tenant that a call is for: the person's own, or the one that a service names in its request. */
export const tenantOf = (principal: Principal, requested = ''): string => {
  const tenantId = principal.kind === 'service' ? requested || principal.tenantId : principal.tenantId
  if (!isUuid(tenantId)) throw missing('tenant_id')
  return tenantId
}
