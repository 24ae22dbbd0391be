import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { InternalService, KeyService } from '@iama/contracts/iama/auth/v1/internal'
import { AuthService } from '@iama/contracts/iama/auth/v1/service'
import { InvalidRequest } from '@iama/kernel'
import { implement, type CallContext, type ServiceImplementation } from '@iama/rpc'
import { requirePermission, tenantOf, type CallerMatrix } from '@iama/security'
import type { AuthApplication } from '../application/auth-application.ts'
import type { User } from '../application/ports.ts'
import type { SignedIn } from '../application/sign-in.ts'

/** Who may call what. Where the request itself carries the proof, no token is asked for. */
export const callers: CallerMatrix = {
  [AuthService.typeName]: ['people'],
  [`${AuthService.typeName}/Register`]: ['anyone'],
  [`${AuthService.typeName}/Login`]: ['anyone'],
  [`${AuthService.typeName}/Refresh`]: ['anyone'],
  [`${AuthService.typeName}/Logout`]: ['anyone'],
  [InternalService.typeName]: ['anyone'],
  [KeyService.typeName]: ['jobs', 'delivery', 'compliance', 'router', 'sandbox'],
}

export const authRpc = (app: AuthApplication): ServiceImplementation[] => [
  authService(app),
  internalService(app),
  implement(KeyService, {
    getDataKey: async (request, context) => await app.getDataKey.execute(tenantOf(context.principal, request.tenantId)),
  }),
]

const authService = (app: AuthApplication): ServiceImplementation =>
  implement(AuthService, {
    register: async (request) => signedIn(await app.register.execute(request)),

    login: async ({ email, password }, context) =>
      signedIn(await app.login.execute({ email, password, peer: peerOf(context) })),

    refresh: async (request) => ({ tokens: tokensOf(await app.refresh.execute(request.refreshToken)) }),

    logout: async (request) => {
      await app.logout.execute(request.refreshToken)
      return {}
    },

    getMe: async (_request, context) => ({ user: toWire(await app.readUser(caller(context))) }),

    createApiKey: async ({ name, requestId }, context) => {
      requirePermission(context.principal, 'apikeys.manage')
      return await app.createApiKey.execute({ ...caller(context), name, requestId })
    },

    revokeApiKey: async ({ id }, context) => {
      requirePermission(context.principal, 'apikeys.manage')
      await app.revokeApiKey.execute({ ...caller(context), id })
      return {}
    },
  })

const internalService = (app: AuthApplication): ServiceImplementation =>
  implement(InternalService, {
    getJwks: () => Promise.resolve({ jwksJson: app.tokens.jwksJson() }),

    exchangeToken: async ({ credential, audience }) => {
      if (credential.case === undefined) throw missing('credential', 'an access token or an API key')
      const { token, expiresAt } = await app.exchangeToken.execute(
        credential.case === 'apiKey'
          ? { kind: 'apiKey', secret: credential.value }
          : { kind: 'accessToken', token: credential.value },
        named(audience),
      )
      return { internalToken: token, expiresAt: timestampFromDate(expiresAt) }
    },

    issueServiceToken: async ({ service, secret, audience }) => {
      const { token, expiresAt } = await app.issueServiceToken.execute(service, secret, named(audience))
      return { serviceToken: token, expiresAt: timestampFromDate(expiresAt) }
    },
  })

/** The peer as the gateway saw it; without one, the gateway itself. */
const peerOf = (context: CallContext): string =>
  context.metadata.get('x-forwarded-for')[0]?.toString() ?? context.call.getPeer()

const caller = ({ principal }: CallContext): { tenantId: string; userId: string } => ({
  tenantId: tenantOf(principal),
  userId: principal.userId ?? '',
})

const missing = (field: string, what: string): InvalidRequest =>
  new InvalidRequest([{ field, reason: 'is missing', fix: `send ${what}` }])

// An access token would not be accepted by a service anyway; refusing here says so where it can be mended.
const named = (audience: string): string => {
  if (!/^[a-z][a-z-]*$/.test(audience) || audience === 'gateway') throw missing('audience', 'the name of a service')
  return audience
}

const signedIn = (done: SignedIn) => ({ user: toWire(done.user), tokens: tokensOf(done) })

const tokensOf = ({ access, refresh }: SignedIn) => ({
  accessToken: access.token,
  accessExpiresAt: timestampFromDate(access.expiresAt),
  refreshToken: refresh.token,
  refreshExpiresAt: timestampFromDate(refresh.expiresAt),
})

const toWire = ({ id, email, tenantId, role, createdAt }: User) => ({
  id,
  email,
  tenantId,
  role,
  createdAt: timestampFromDate(createdAt),
})
