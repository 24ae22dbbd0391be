import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { AuthService } from '@iama/contracts/iama/auth/v1/service'
import { ModelService } from '@iama/contracts/iama/router/v1/model'
import type { RunningService } from '@iama/service'
import { startModelServer, type ModelServer } from '@iama/testing/model-server'
import { eventually, freePort, testServers } from '@iama/testing/servers'
import OpenAI from 'openai'
import { createGateway } from '../src/gateway.ts'
import { migrated, startService, type ServiceProcess } from './service-process.ts'
import { startSystem, transportTo, type Person, type System } from './system.ts'

let system: System
let model: ModelServer
let folder: string
const services: ServiceProcess[] = []
let gateway: RunningService
let url: string
let key: string
let person: Person

const freeAddress = async (): Promise<string> => `127.0.0.1:${await freePort()}`

/** Takes a key of each tenant. */
const ownProvider = `own-${randomUUID().slice(0, 8)}`

/** A router as a process, with the models of a scripted server, and the billing that it asks. */
const startRouter = async (): Promise<{ address: string; completions: string }> => {
  const [billingDatabase, routerDatabase] = await Promise.all([migrated('billing'), migrated('router')])
  const billing = await startService('billing', billingDatabase, { ...system.shared, DEFAULT_TIER: 'enterprise' })
  services.push(billing)
  const models = path.join(folder, 'models.json')
  const provider = { name: `p-${randomUUID().slice(0, 8)}`, endpoint: model.url, models: [{ model: 'scripted' }] }
  const own = { name: ownProvider, endpoint: model.url, key_of: 'tenant', models: [{ model: 'mine' }] }
  await writeFile(models, JSON.stringify({ providers: [provider, own] }))
  const address = await freeAddress()
  const router = await startService('router', routerDatabase, {
    ...system.shared,
    HTTP_LISTEN: address,
    REDIS_URL: testServers().redisUrl,
    JOBS_ADDRESS: system.jobs.address,
    BILLING_ADDRESS: billing.address,
    MODELS_FILE: models,
  })
  services.push(router)
  return { address: router.address, completions: address }
}

beforeAll(async () => {
  ;[system, model, folder] = await Promise.all([
    startSystem(),
    startModelServer(),
    mkdtemp(path.join(tmpdir(), 'iama-gateway-')),
  ])
  person = await system.register()
  const request = { name: 'chat', requestId: randomUUID() }
  key = (await system.as(AuthService, person.accessToken).createApiKey(request)).secret
  const router = await startRouter()
  const addresses = { ...system.config.addresses, router: router.address }
  gateway = await createGateway({ ...system.config, addresses, routers: [router.completions] })
  url = `http://${gateway.address}/v1`
}, 180_000)

afterAll(async () => {
  await gateway?.stop()
  for (const service of services) await service.stop()
  await model?.stop()
  await system?.stop()
  await rm(folder, { recursive: true })
})

const openai = (apiKey = key): OpenAI => new OpenAI({ baseURL: url, apiKey, maxRetries: 0 })
const hello = { model: 'scripted', messages: [{ role: 'user' as const, content: 'hello' }] }

describe('OpenAI’s protocol', () => {
  it('passes through the gateway to the router, plain and streamed', async () => {
    const words = { text: 'one two three four', tokensPerChunk: 1 }
    model.script(() => words)
    const plain = await openai().chat.completions.create(hello)
    expect(plain.choices[0]!.message.content).toBe('one two three four')
    const hear = async (most: number): Promise<string[]> => {
      const heard: string[] = []
      for await (const { choices } of await openai().chat.completions.create({ ...hello, stream: true })) {
        if (choices[0]?.delta.content) heard.push(choices[0].delta.content)
        if (heard.length === most) break
      }
      return heard
    }
    expect(await hear(Infinity)).toEqual(['one', ' two', ' three', ' four'])
    // each part comes when it is said: also when nothing comes after it
    model.script(() => ({ ...words, stallAfterChunks: 2 }))
    expect(await hear(2)).toEqual(['one', ' two'])
    await eventually('the model is let go', () => model.open === 0)
    expect((await openai().models.list()).data.map(({ id }) => id)).toContain('L1')
  })

  it('is closed to wrong keys before a router is asked', async () => {
    await expect(openai('iama_wrong').chat.completions.create(hello)).rejects.toMatchObject({
      status: 401,
      code: 'invalid_api_key',
    })
    expect((await fetch(`${url}/models`)).status).toBe(401)
  })

  it('tells what the router refuses', async () => {
    const asked = openai().chat.completions.create({ ...hello, model: 'none' })
    await expect(asked).rejects.toMatchObject({ status: 404, code: 'model_not_found' })
  })

  it('is answered by a model behind the tenant’s own key, which auth’s data key seals', async () => {
    const models = system.as(
      ModelService,
      person.accessToken,
      transportTo(`http://${gateway.address}`, 'connect', '1.1'),
    )
    const asked = () => openai().chat.completions.create({ ...hello, model: 'mine' })
    await expect(asked()).rejects.toMatchObject({ status: 400, code: 'provider_key_missing' })
    const own = `sk-${randomUUID()}`
    expect(await models.setProviderKey({ provider: ownProvider, key: own })).toMatchObject({ keyHint: own.slice(-4) })
    model.script(() => ({ text: 'mine' }))
    expect((await asked()).choices[0]!.message.content).toBe('mine')
    expect(model.calls.at(-1)!.headers['authorization']).toBe(`Bearer ${own}`)
    const listed = (await models.listModels({})).models.find(({ provider }) => provider === ownProvider)
    expect(listed).toMatchObject({ keySource: 'own', keyHint: own.slice(-4) })
    expect(await models.removeProviderKey({ provider: ownProvider })).toMatchObject({ removed: true })
    await expect(asked()).rejects.toMatchObject({ status: 400, code: 'provider_key_missing' })
  })

  it('closes the provider within 2 s when the client goes', async () => {
    model.script(() => ({ text: 'word ', repeat: Infinity, delayBetweenChunksMs: 20 }))
    const going = new AbortController()
    const stream = await openai().chat.completions.create({ ...hello, stream: true }, { signal: going.signal })
    await stream[Symbol.asyncIterator]().next()
    expect(model.open).toBe(1)
    going.abort()
    await eventually('the provider’s connection is closed', () => model.open === 0, 2_000)
    expect(model.calls.at(-1)!.ended).toBe('closed-by-client')
  })

  it('says so when no router can be reached', async () => {
    const lost = await createGateway({ ...system.config, routers: [await freeAddress()] })
    try {
      const asked = new OpenAI({ baseURL: `http://${lost.address}/v1`, apiKey: key, maxRetries: 0 }).models.list()
      await expect(asked).rejects.toMatchObject({ status: 503, code: 'router_unavailable' })
    } finally {
      await lost.stop()
    }
  })
})
