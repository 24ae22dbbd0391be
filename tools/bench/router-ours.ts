import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { InternalService } from '@iama/contracts/iama/auth/v1/internal'
import { AuthService } from '@iama/contracts/iama/auth/v1/service'
import { QuotaService } from '@iama/contracts/iama/billing/v1/quota'
import { client, closeChannels, implement, serve, type RpcServer } from '@iama/rpc'
import type { Principal } from '@iama/security'
import { step } from '../bootstrap/progress.mjs'
import { buildProject } from '../build.ts'
import { ensureDatabases } from '../stack/databases.ts'
import { startOwnStack } from '../stack/for-tests.ts'
import { freePorts } from '../stack/ports.ts'
import { migrate, serviceProcess, startServices } from '../stack/services.ts'
import { portsOf, serviceSecrets, settingsOf } from '../stack/settings.ts'
import type { Stack } from '../stack/stack.ts'
import { makeStreams } from '../stack/streams.ts'
import { apps } from '../workspace.ts'
import { MODEL, type Running } from './router-peers.ts'

/** A limit that is looked at in each call and not reached, in micro-dollars. */
const MONTH_MICROS = 1_000_000_000_000n
const READY_MS = 60_000

/**
 * A router and auth as bundled processes on real PostgreSQL, NATS and Redis of their own. What billing is asked, once
 * in 15 s, is answered here: its own process would read the usage of every call beside the measurement, and so take
 * time from whoever is measured next.
 */
export const startOurs = async (upstream: string): Promise<Running> => {
  const closing: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).reverse()) await one()
  }
  try {
    return { ...(await open(upstream, closing)), close }
  } catch (error) {
    await close()
    throw error
  }
}

const open = async (upstream: string, closing: (() => Promise<void> | void)[]): Promise<Omit<Running, 'close'>> => {
  const members = apps().filter(({ name }) => name === 'auth' || name === 'router')
  await step('building auth and router', async () => {
    for (const { dir } of members) await buildProject(dir)
  })
  const stack = await startOwnStack({ services: false, durable: true })
  closing.push(() => stack.stop())
  const billing = await startBilling()
  closing.push(() => billing.stop())
  const ports: Record<string, Record<string, number>> = {}
  for (const app of members) {
    const purposes = portsOf(app)
    const free = await freePorts(purposes.length)
    ports[app.name] = Object.fromEntries(purposes.map((purpose, i) => [purpose, free[i]!]))
  }
  const addresses = { auth: [`127.0.0.1:${ports['auth']!['rpc']}`], billing: [billing.address], jobs: ['127.0.0.1:9'] }
  const programs = await programsOf(stack, members, ports, addresses, upstream)
  await step('starting auth and router', () => startServices(programs, READY_MS))
  closing.push(async () => {
    for (const { process } of programs.reverse()) await process.stop()
  })
  closing.push(() => closeChannels())
  const url = `http://127.0.0.1:${ports['router']!['http']}/v1`
  const headers = { authorization: `Bearer ${await apiKeyFrom(addresses.auth[0]!)}` }
  const { pid } = programs.find(({ app }) => app.name === 'router')!.process
  return { target: { name: 'ours', url, headers, model: MODEL }, pid: pid! }
}

const programsOf = async (
  stack: Stack,
  members: ReturnType<typeof apps>,
  ports: Readonly<Record<string, Record<string, number>>>,
  peers: Readonly<Record<string, readonly string[]>>,
  upstream: string,
) => {
  const { info } = stack
  const { dir } = info
  const names = members.map(({ name }) => name)
  const databases = await ensureDatabases(info.postgresUrl, names)
  await migrate(dir, members, databases)
  await makeStreams(info.natsUrl)
  const modelsFile = path.join(dir, 'models.json')
  const model = { model: MODEL, window: 1_000_000, price: { input: 2, cached: 1, output: 8 } }
  writeFileSync(modelsFile, JSON.stringify({ providers: [{ name: 'bench', endpoint: upstream, models: [model] }] }))
  const secrets = serviceSecrets(dir, names)
  return members.map((app) => {
    mkdirSync(path.join(dir, 'data', app.name), { recursive: true, mode: 0o700 })
    const own = { app, replica: 1, dir, ports: ports[app.name]!, database: databases[app.name] }
    const { natsUrl, redisUrl, temporalAddress } = info
    const servers = { natsUrl, natsMonitorUrl: undefined, redisUrl, temporalAddress }
    const settings = settingsOf({ ...own, ...servers, peers, health: {}, secrets, models: { MODELS_FILE: modelsFile } })
    return serviceProcess(app, 1, dir, settings, ports[app.name]!['health']!)
  })
}

const startBilling = (): Promise<RpcServer> => {
  const notHere = (): never => {
    throw new Error('the router does not call this')
  }
  const plan = { tier: 'enterprise' }
  const quota = implement(QuotaService, {
    reserve: notHere,
    consume: notHere,
    release: notHere,
    expire: notHere,
    settle: notHere,
    getEntitlements: async () => ({ plan, monthBudgetMicros: MONTH_MICROS }),
  })
  const caller: Principal = { kind: 'service', service: 'router', tenantId: '', roles: [] }
  const logger = { error: console.error, warn: console.error, debug: () => {} }
  return serve({ services: [quota], address: '127.0.0.1:0', authenticate: () => caller, logger })
}

/** Of a new user. */
const apiKeyFrom = async (authAddress: string): Promise<string> => {
  const auth = client(AuthService, authAddress)
  const email = `bench-${randomUUID()}@iama.localhost`
  const { tokens } = await auth.register({ email, password: randomUUID(), tenantName: 'bench' })
  const credential = { case: 'accessToken', value: tokens!.accessToken } as const
  const { internalToken: token } = await client(InternalService, authAddress).exchangeToken({
    credential,
    audience: 'auth',
  })
  return (await auth.createApiKey({ name: 'bench', requestId: randomUUID() }, { token })).secret
}
