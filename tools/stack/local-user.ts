import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createClient, type Client, type Interceptor } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { AuthService } from '@iama/contracts/iama/auth/v1/service'
import { credentialsFile } from './credentials-file.ts'

/** A user of the local stack, made once and kept with its data, so that nobody has to sign in on their own machine. */
export const ensureLocalUser = async (dir: string, gatewayUrl: string): Promise<void> => {
  const file = credentialsFile(dir)
  if (existsSync(file)) {
    const { apiKey } = Object.values(JSON.parse(readFileSync(file, 'utf8')).accounts)[0] as { apiKey: string }
    if (await isKnown(gatewayUrl, apiKey)) return write(file, gatewayUrl, apiKey)
  }
  write(file, gatewayUrl, await register(gatewayUrl))
}

const register = async (gatewayUrl: string): Promise<string> => {
  const { tokens } = await authAt(gatewayUrl).register({
    email: `local-${randomBytes(4).toString('hex')}@iama.localhost`,
    password: randomBytes(24).toString('base64url'),
    tenantName: 'this machine',
  })
  const { secret } = await authAt(gatewayUrl, tokens!.accessToken).createApiKey({
    name: 'local stack',
    requestId: randomUUID(),
  })
  return secret
}

const isKnown = async (gatewayUrl: string, apiKey: string): Promise<boolean> => {
  try {
    await authAt(gatewayUrl, apiKey).getMe({})
    return true
  } catch {
    return false // the data was wiped: a new user is made
  }
}

const authAt = (baseUrl: string, credential?: string): Client<typeof AuthService> => {
  const bearing: Interceptor = (next) => (request) => {
    if (credential) request.header.set('authorization', `Bearer ${credential}`)
    return next(request)
  }
  return createClient(
    AuthService,
    createConnectTransport({ baseUrl, httpVersion: '1.1', interceptors: [bearing], defaultTimeoutMs: 10_000 }),
  )
}

const write = (file: string, server: string, apiKey: string): void =>
  writeFileSync(
    file,
    `${JSON.stringify({ version: 1, server, accounts: { [server]: { kind: 'apiKey', apiKey } } }, null, 2)}\n`,
    { mode: 0o600 },
  )
