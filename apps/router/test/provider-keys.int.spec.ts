import { randomUUID } from 'node:crypto'
import { fromBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'
import {
  CircuitOpenedEventSchema,
  ProviderKeyRemovedEventSchema,
  ProviderKeySetEventSchema,
} from '@iama/contracts/iama/router/v1/events'
import { Engine, ModelClass } from '@iama/contracts/iama/router/v1/service'
import { startModelServer, type Behaviour, type ModelServer } from '@iama/testing/model-server'
import { eventually } from '@iama/testing/servers'
import { specRoute, startWorld, writeSpec, type KeyRouter, type KeyWorld } from './own-keys.ts'

jest.setTimeout(60_000)

let world: KeyWorld
let lab: ModelServer
let house: ModelServer
/** Only the tenants' own keys. */
let router: KeyRouter
/** The same provider, and after it one with the system's key. */
let both: KeyRouter
/** Circuits are kept in a Redis that all tests share. */
const provider = `lab-${randomUUID().slice(0, 8)}`
const model = `${provider}/gpt-4o`

const labSettings = () => `
providers:
  - { name: ${provider}, endpoint: "${lab.url}", key_of: tenant, models: [{ model: gpt-4o, classes: [L1, L3] }] }
`
const bothSettings = () => `${labSettings()}
  - { name: house, endpoint: "${house.url}", key_env: HOUSE_KEY, models: [{ model: small, classes: [L1] }] }
`

beforeAll(async () => {
  ;[lab, house, world] = await Promise.all([
    startModelServer(),
    startModelServer({ key: 'sk-of-the-house' }),
    startWorld(),
  ])
  ;[router, both] = [await world.replica(labSettings()), await world.replica(bothSettings())]
}, 120_000)

afterAll(async () => {
  await world?.stop()
  await Promise.all([lab, house].map((server) => server?.stop()))
})

beforeEach(() => {
  for (const server of [lab, house]) server.reset()
})

const newKey = (): string => `sk-${randomUUID()}`
const hello = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'Say hello.' }] }
const always = (server: ModelServer, behaviour: Behaviour): void => server.script(() => behaviour)
const authorizations = (server: ModelServer) => server.calls.map(({ headers }) => headers['authorization'])
const setUp = async (replica: KeyRouter, tenantId: string, key = newKey()): Promise<string> => {
  await replica.models(tenantId).setProviderKey({ provider, key })
  return key
}
const sources = async (replica: KeyRouter, tenantId: string) =>
  (await replica.models(tenantId).listModels({})).models.map((one) => [one.provider, one.keySource, one.keyHint])
const told = async (tenantId: string) =>
  (await world.published('EVENTS_ROUTER')).filter((message) => message.tenantId === tenantId)
const snapshot = (tenantId: string): string =>
  world.artifacts.snapshot(tenantId, { 'package.json': '{"name":"a"}', 'a.js': 'export const a = 1\n' })
const spec = JSON.stringify({
  bdd: 'Feature: sums\n  Scenario: a sum\n    Given items\n    Then a sum\n',
  sdd: '## Design\nOne.',
})

describe('a key of a tenant’s own', () => {
  it('is what the provider gets to see, each tenant’s own, in chat and in jobs', async () => {
    const [one, two] = [randomUUID(), randomUUID()]
    const keys = [await setUp(router, one), await setUp(router, two)]
    always(lab, { text: 'Hello.' })
    for (const tenant of [one, two]) await router.openai(tenant).chat.completions.create(hello)
    const stream = await router.openai(one).chat.completions.create({ ...hello, model: 'L1', stream: true })
    for await (const chunk of stream) expect(chunk.choices.length).toBeLessThanOrEqual(1)
    always(lab, { text: spec })
    for (const tenant of [one, two]) expect(await writeSpec(router, tenant, snapshot(tenant))).toBe(model)
    const [first, second] = keys.map((key) => `Bearer ${key}`)
    expect(authorizations(lab)).toEqual([first, second, first, first, second])
  })

  it('is kept sealed, told without itself, and shown by its last characters alone', async () => {
    const [tenant, other] = [randomUUID(), randomUUID()]
    const key = newKey()
    expect(await router.models(tenant).setProviderKey({ provider, key })).toMatchObject({ keyHint: key.slice(-4) })
    const rows = await world.database.query('SELECT * FROM provider_keys WHERE tenant_id = $1', [tenant])
    expect(rows).toEqual([expect.objectContaining({ provider, hint: key.slice(-4), set_by: tenant })])
    const sealed = rows[0]!['key_sealed'] as Buffer
    expect(sealed.length).toBeGreaterThan(key.length)
    expect([sealed.includes(key), JSON.stringify(rows).includes(key)]).toEqual([false, false])
    expect(await sources(router, tenant)).toEqual([
      [provider, 'own', key.slice(-4)],
      ['codemod', 'none', ''],
    ])
    expect(await sources(router, other)).toEqual([
      [provider, 'missing', ''],
      ['codemod', 'none', ''],
    ])
    const [event] = await eventually('it is told', async () => {
      const all = await told(tenant)
      return all.length > 0 && all
    })
    expect(event).toMatchObject({ type: 'providerkey.set', source: 'router', aggregateId: provider })
    const data = fromBinary(ProviderKeySetEventSchema, event!.data)
    expect(data).toMatchObject({ provider, keyHint: key.slice(-4), userId: tenant })
    expect(Buffer.from(event!.data).includes(key)).toBe(false)
    const outbox = await world.database.query('SELECT data FROM outbox WHERE tenant_id = $1', [tenant])
    expect(outbox.some((row) => (row['data'] as Buffer).includes(key))).toBe(false)
  })

  it('is replaced by the next, which works at once', async () => {
    const tenant = randomUUID()
    const old = await setUp(router, tenant)
    always(lab, { text: 'Hello.' })
    const openai = router.openai(tenant)
    await openai.chat.completions.create(hello)
    const next = await setUp(router, tenant)
    await openai.chat.completions.create(hello)
    expect(authorizations(lab)).toEqual([`Bearer ${old}`, `Bearer ${next}`])
    expect(await world.database.query('SELECT 1 FROM provider_keys WHERE tenant_id = $1', [tenant])).toHaveLength(1)
  })

  it('opens neither for another tenant nor for another provider, wherever its row is put', async () => {
    const [tenant, thief] = [randomUUID(), randomUUID()]
    await setUp(router, tenant)
    const copy = `INSERT INTO provider_keys SELECT $2, provider, key_sealed, hint, set_by, set_at
      FROM provider_keys WHERE tenant_id = $1`
    await world.database.query(copy, [tenant, thief])
    await expect(router.openai(thief).chat.completions.create(hello)).rejects.toMatchObject({
      status: 503,
      code: 'provider_keys_unavailable',
    })
    const moved = `UPDATE provider_keys SET provider = 'house' WHERE tenant_id = $1`
    await world.database.query(moved, [tenant])
    await expect(both.models(tenant).listModels({})).rejects.toMatchObject({ code: 'PROVIDER_KEYS_UNAVAILABLE' })
    expect(lab.calls).toEqual([])
  })
})

describe('without a key', () => {
  it('a tenant is not routed there, and is told what to type', async () => {
    const tenant = randomUUID()
    const why = `${model} waits for a key of yours; an owner or admin types: iama models key ${provider}`
    const openai = router.openai(tenant)
    for (const name of ['gpt-4o', model, 'L1']) {
      const refused = openai.chat.completions.create({ ...hello, model: name })
      await expect(refused).rejects.toMatchObject({ status: 400, code: 'provider_key_missing' })
      await expect(refused).rejects.toThrow(why)
    }
    expect((await openai.models.list()).data).toEqual([])
    await expect(openai.models.retrieve(model)).rejects.toThrow(why)
    const preview = { tenantId: tenant, route: { ...specRoute, engine: Engine.UNSPECIFIED } }
    expect(await router.worker.previewRoute(preview)).toMatchObject({
      routes: [{ provider: 'codemod' }],
      leftOut: [why],
    })
    await expect(router.worker.previewRoute({ ...preview, route: specRoute })).rejects.toMatchObject({
      code: 'NO_ROUTE',
      message: expect.stringContaining(why),
    })
    await expect(writeSpec(router, tenant, snapshot(tenant))).rejects.toMatchObject({ code: 'NO_ROUTE' })
    expect(lab.calls).toEqual([])
  })

  it('a tenant is served by what needs none, and with one by its own model first', async () => {
    const tenant = randomUUID()
    always(house, { text: spec })
    always(lab, { text: spec })
    expect(await writeSpec(both, tenant, snapshot(tenant))).toBe('house/small')
    const named = (await both.openai(tenant).models.list()).data.map(({ id }) => id)
    expect(named).toEqual(['L1', 'house/small'])
    const { leftOut } = await both.worker.previewRoute({ tenantId: tenant, route: specRoute })
    expect(leftOut).toEqual([expect.stringContaining(`iama models key ${provider}`)])
    expect(await sources(both, tenant)).toEqual([
      [provider, 'missing', ''],
      ['house', 'platform', ''],
      ['codemod', 'none', ''],
    ])
    const key = await setUp(both, tenant)
    expect(await writeSpec(both, tenant, snapshot(tenant))).toBe(model)
    expect([...authorizations(house), ...authorizations(lab)]).toEqual(['Bearer sk-of-the-house', `Bearer ${key}`])
    expect((await both.openai(tenant).models.list()).data.map(({ id }) => id)).toContain(model)
  })
})

describe('removing a key', () => {
  it('ends its use at once here, within 15 s elsewhere, and leaves no row', async () => {
    const tenant = randomUUID()
    let ahead = 0
    const elsewhere = await world.replica(labSettings(), { now: () => new Date(Date.now() + ahead) })
    const key = await setUp(router, tenant)
    always(lab, { text: 'Hello.' })
    const [here, there] = [router.openai(tenant), elsewhere.openai(tenant)]
    for (const openai of [here, there]) await openai.chat.completions.create(hello)
    expect(await router.models(tenant).removeProviderKey({ provider })).toMatchObject({ removed: true })
    const missing = { status: 400, code: 'provider_key_missing' }
    await expect(here.chat.completions.create(hello)).rejects.toMatchObject(missing)
    expect(authorizations(lab)).toEqual([`Bearer ${key}`, `Bearer ${key}`])
    ahead = 15_000
    await expect(there.chat.completions.create(hello)).rejects.toMatchObject(missing)
    await expect(writeSpec(elsewhere, tenant, snapshot(tenant))).rejects.toMatchObject({ code: 'NO_ROUTE' })
    expect(lab.calls).toHaveLength(2)
    expect(await world.database.query('SELECT 1 FROM provider_keys WHERE tenant_id = $1', [tenant])).toEqual([])
    const event = await eventually('it is told', async () =>
      (await told(tenant)).find(({ type }) => type === 'providerkey.removed'),
    )
    const data = fromBinary(ProviderKeyRemovedEventSchema, event.data)
    expect(data).toMatchObject({ provider, keyHint: key.slice(-4), userId: tenant })
  })

  it('that is not there changes and tells nothing', async () => {
    const tenant = randomUUID()
    expect(await router.models(tenant).removeProviderKey({ provider })).toMatchObject({ removed: false })
    await expect(router.models(tenant).removeProviderKey({ provider: 'nobody' })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
    expect(await world.database.query('SELECT 1 FROM outbox WHERE tenant_id = $1', [tenant])).toEqual([])
  })

  it('of one tenant leaves that of another', async () => {
    const [one, two] = [randomUUID(), randomUUID()]
    for (const tenant of [one, two]) await setUp(router, tenant)
    await router.models(one).removeProviderKey({ provider })
    expect((await sources(router, one))[0]).toEqual([provider, 'missing', ''])
    expect((await sources(router, two))[0]).toMatchObject([provider, 'own', expect.any(String)])
  })
})

describe('a key is refused', () => {
  const secret = `sk-${randomUUID()}`
  it.each([
    ['from a developer', 'developer', provider, secret, 'PERMISSION_DENIED', /owner, admin/],
    ['from a maintainer', 'maintainer', provider, secret, 'PERMISSION_DENIED', /owner, admin/],
    ['for an unknown provider', 'owner', 'acme', secret, 'INVALID_REQUEST', new RegExp(`name one of: ${provider}$`)],
    ['for a provider of the system', 'admin', 'house', secret, 'INVALID_REQUEST', /takes no keys of tenants/],
    ['that is too short', 'owner', provider, 'sk-1234', 'INVALID_REQUEST', /has 7 characters/],
    ['that is too long', 'owner', provider, 'k'.repeat(4_097), 'INVALID_REQUEST', /has 4097 characters/],
    ['with a space', 'owner', provider, `${secret} `, 'INVALID_REQUEST', /holds a space/],
    ['with an umlaut', 'owner', provider, `${secret}ä`, 'INVALID_REQUEST', /printable ASCII/],
  ] as const)('%s', async (_what, role, name, key, code, words) => {
    const tenant = randomUUID()
    const refusal = await both
      .models(tenant, role)
      .setProviderKey({ provider: name, key })
      .then(
        () => undefined,
        (error: Error & { code: string }) => error,
      )
    expect(refusal).toMatchObject({ code, message: expect.stringMatching(words) })
    expect(refusal!.message).not.toContain(key)
    expect((await sources(both, tenant))[0]).toEqual([provider, 'missing', ''])
  })

  it('also to be taken away by who may not give one', async () => {
    const tenant = randomUUID()
    await setUp(router, tenant)
    await expect(router.models(tenant, 'developer').removeProviderKey({ provider })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    })
    expect((await sources(router, tenant))[0]).toMatchObject([provider, 'own', expect.any(String)])
  })
})

describe('trouble with one tenant’s key', () => {
  const circuits = async (tenantId: string) => (await router.models(tenantId).listModels({})).models[0]!.circuit

  it('that the provider refuses is told to the tenant, and is nobody’s failure', async () => {
    const [one, two] = [randomUUID(), randomUUID()]
    const key = await setUp(router, one)
    await setUp(router, two)
    for (const status of [401, 403, 401, 401, 403, 401]) {
      lab.script([{ status, body: { error: { message: `Incorrect API key provided: ${key}` } } }])
      const refused = await router
        .openai(one)
        .chat.completions.create(hello)
        .catch((error: Error) => error)
      expect((refused as Error).message).toContain(`refused your key (status ${status})`)
      expect((refused as Error).message).toContain(`iama models key ${provider}`)
      expect((refused as Error).message).not.toContain(key)
    }
    lab.script([{ status: 401 }])
    await expect(writeSpec(router, one, snapshot(one))).rejects.toThrow(/refused your key \(status 401\)/)
    expect([await circuits(one), await circuits(two)]).toEqual(['closed', 'closed'])
    always(lab, { text: 'Hello.' })
    expect((await router.openai(two).chat.completions.create(hello)).choices).toHaveLength(1)
  })

  it('whose quota is used up opens that tenant’s circuit, and no other', async () => {
    const [one, two] = [randomUUID(), randomUUID()]
    for (const tenant of [one, two]) await setUp(router, tenant)
    always(lab, { status: 429 })
    const openai = router.openai(one)
    for (let time = 0; time < 5; time++) {
      await expect(openai.chat.completions.create(hello)).rejects.toMatchObject({ status: 503 })
    }
    await expect(openai.chat.completions.create(hello)).rejects.toThrow(/its circuit is open/)
    await expect(writeSpec(router, one, snapshot(one))).rejects.toThrow(/its circuit is open/)
    expect(lab.calls).toHaveLength(5)
    always(lab, { text: spec })
    expect(await writeSpec(router, two, snapshot(two))).toBe(model)
    expect([await circuits(one), await circuits(two)]).toEqual(['open', 'closed'])
    const opened = await eventually('it is told', async () =>
      (await told(one)).find(({ type }) => type === 'circuit.opened'),
    )
    expect(fromBinary(CircuitOpenedEventSchema, opened.data)).toMatchObject({ provider, model: 'gpt-4o', failures: 5 })
  })

  it('that the provider quotes in its refusal of a request stays from the tenant’s members', async () => {
    const tenant = randomUUID()
    const key = await setUp(router, tenant, `sk-"quoted"\\${randomUUID()}`)
    lab.script([{ status: 400, body: { error: { message: `no request for ${key}, please`, code: 'odd' } } }])
    const refused = await router
      .openai(tenant)
      .chat.completions.create(hello)
      .catch((error: Error) => error)
    expect(refused).toMatchObject({ status: 400, code: 'odd' })
    expect((refused as Error).message).toContain('no request for [key], please')
    expect(authorizations(lab)).toEqual([`Bearer ${key}`])
  })
})

it('models of tenants’ keys serve their classes, and L3 is asked for a confirmation', async () => {
  const tenant = randomUUID()
  await setUp(router, tenant)
  const route = { ...specRoute, tier: 'max', modelClass: ModelClass.L3 }
  await expect(router.worker.previewRoute({ tenantId: tenant, route })).rejects.toMatchObject({
    code: 'CONFIRMATION_MISSING',
  })
})
