import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { UsageRecordedEventSchema } from '@iama/contracts/iama/router/v1/events'
import { ModelClass, Phase, type GenerateEnd, type RouterService } from '@iama/contracts/iama/router/v1/service'
import { applyPatch, parsePatch, type Tree } from '@iama/patch'
import type { Client } from '@iama/rpc'
import { isolationSuite } from '@iama/testing/isolation'
import { eventually } from '@iama/testing/servers'
import { ask, inPhase, ODD_ENGINE, startRouter, type RouterUnderTest } from './router-service.ts'

// An engine process that is not bundled takes a second to load, and many on a busy machine.
jest.setTimeout(120_000)

let service: RouterUnderTest
let manifest: string
const tenant = randomUUID()

const files = {
  'package.json': JSON.stringify({ name: 'sample', version: '1.0.0', main: 'index.js', engines: { node: '>=4' } }),
  'index.js': `'use strict'

var separator = ', '

module.exports = function join(words) {
  var result = ''
  for (var i = 0; i < words.length; i++) {
    var word = words[i]
    if (result !== '') {
      result = result + separator
    }
    result = result + '<' + word + '>'
  }
  return result
}
`,
}

beforeAll(async () => {
  service = await startRouter()
  manifest = service.artifacts.snapshot(tenant, files)
}, 60_000)

afterAll(async () => await service.stop())

interface Answer {
  readonly text: string
  readonly end: GenerateEnd
}

const generate = async (router: Client<typeof RouterService>, request: ReturnType<typeof ask>): Promise<Answer> => {
  let text = ''
  for await (const { part } of router.generate(request)) {
    if (part.case === 'text') text += part.value
    if (part.case === 'end') return { text, end: part.value }
  }
  throw new Error('the stream had no end')
}

/** What was recorded for a job, in the database and for the other services. */
const usageOf = async (jobId: string) => {
  const rows = await service.database.query('SELECT * FROM generations WHERE job_id = $1', [jobId])
  const events = (await service.published('EVENTS_ROUTER')).filter(({ aggregateId }) => aggregateId === jobId)
  return { rows, events: events.map(({ data }) => fromBinary(UsageRecordedEventSchema, data)), messages: events }
}

const recordedUsage = (jobId: string) =>
  eventually('the usage is recorded and told', async () => {
    const usage = await usageOf(jobId)
    return usage.events.length > 0 && usage
  })

describe('the offline engine', () => {
  const propose = async () => {
    const router = await service.router()
    const { text } = await generate(router, ask(tenant, manifest))
    return (JSON.parse(text) as { proposals: { id: string; expectedEdits: number; files: string[] }[] }).proposals
  }

  it('proposes, drafts the spec and writes the patch, in processes of their own', async () => {
    const router = await service.router()
    const proposals = await propose()
    const [proposal] = proposals.filter(({ expectedEdits }) => expectedEdits > 1)
    expect(proposal!.files).toContain('index.js')
    const selected = { proposalId: proposal!.id }
    const spec = await generate(router, ask(tenant, manifest, { ...selected, route: inPhase(Phase.SPEC) }))
    expect(JSON.parse(spec.text)).toMatchObject({ bdd: expect.stringContaining('Feature:'), sdd: expect.any(String) })
    const refactor = ask(tenant, manifest, { ...selected, route: inPhase(Phase.REFACTOR) })
    const { text, end } = await generate(router, refactor)
    expect(end).toMatchObject({ provider: 'codemod', model: 'codemod', inputTokens: 0n, costMicros: 0n })
    const tree: Tree = new Map(
      Object.entries(files).map(([path, content]) => [path, { content: Buffer.from(content), executable: false }]),
    )
    const patch = parsePatch((JSON.parse(text) as { patch: unknown }).patch)
    const after = Buffer.from(applyPatch(tree, patch).get('index.js')!.content).toString()
    expect(after).not.toContain('var ')
    // the same work gives the same patch, and a part of it when only that is wanted
    expect((await generate(router, refactor)).text).toBe(text)
    const one = patch.edits.find(({ dependsOn }) => dependsOn.length === 0)!.id
    const part = await generate(router, { ...refactor, onlyEdits: [one] })
    expect(parsePatch((JSON.parse(part.text) as { patch: unknown }).patch).edits.map(({ id }) => id)).toEqual([one])
  })

  it('records what each generation used and tells it once', async () => {
    const request = ask(tenant, manifest)
    await generate(await service.router(), request)
    const { rows, events, messages } = await recordedUsage(request.jobId!)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ tenant_id: tenant, request_id: request.requestId, phase: 'proposal' })
    expect(events).toEqual([
      expect.objectContaining({ jobId: request.jobId, usageId: rows[0]!['id'], provider: 'codemod', currency: 'USD' }),
    ])
    expect(messages[0]).toMatchObject({ type: 'usage.recorded', tenantId: tenant, source: 'router' })
  })

  it.each([
    ['an unknown strategy', { proposalId: 'no-such', route: inPhase(Phase.REFACTOR) }, 'ENGINE_FAILED'],
    ['a manifest that is away', { manifestArtifact: 'a'.repeat(64) }, 'ARTIFACT_NOT_FOUND'],
  ])('refuses %s, and the attempt is recorded', async (_what, wrong, code) => {
    const request = ask(tenant, manifest, wrong)
    await expect(generate(await service.router(), request)).rejects.toMatchObject({ code })
    expect((await recordedUsage(request.jobId!)).rows).toHaveLength(1)
  })

  it('reads no snapshot of another tenant', async () => {
    const request = ask(randomUUID(), manifest)
    await expect(generate(await service.router(), request)).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' })
  })
})

describe('an engine process', () => {
  const odd = (behaviour: string) => {
    const pidFile = path.join(service.folder, randomUUID())
    return {
      request: ask(tenant, manifest, { goal: pidFile, target: behaviour }),
      pid: () => eventually('the engine runs', async () => Number(await readFile(pidFile, 'utf8'))),
    }
  }
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }

  it('is killed within a second when the caller cancels, and its usage is told all the same', async () => {
    const router = await service.router({ engineProgram: ODD_ENGINE })
    const { request, pid } = odd('loop')
    const cancelling = new AbortController()
    const reading = (async () => {
      for await (const answer of router.generate(request, { signal: cancelling.signal })) void answer
    })()
    const running = await pid()
    expect(isAlive(running)).toBe(true)
    cancelling.abort(new Error('the user has cancelled'))
    await expect(reading).rejects.toThrow('the user has cancelled')
    await eventually('the engine is gone', () => !isAlive(running), 1_000)
    expect((await recordedUsage(request.jobId!)).rows).toHaveLength(1)
  })

  it('is killed when it takes too long', async () => {
    const router = await service.router({ engineProgram: ODD_ENGINE, engineTimeoutMs: 4_000 })
    const { request, pid } = odd('loop')
    await expect(generate(router, request)).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('longer than 4 s'),
    })
    const ran = await pid()
    await eventually('the engine is gone', () => !isAlive(ran), 1_000)
  })

  it.each([
    ['takes more memory than it may', 'hoard', 'ran out of its 128 MiB'],
    ['ends without an answer', 'quit', 'ended early (exit code 3)'],
  ])(
    'that %s costs its own job and nothing else',
    async (_what, behaviour, words) => {
      const router = await service.router({ engineProgram: ODD_ENGINE, engineMemoryMiB: 128 })
      const { request } = odd(behaviour)
      await expect(generate(router, request)).rejects.toMatchObject({
        code: 'ENGINE_FAILED',
        message: expect.stringContaining(words),
      })
      await expect(router.listProviders({})).resolves.toMatchObject({ providers: [{ name: 'codemod' }] })
    },
    30_000,
  )

  it('waits for its turn, and a cancelled one is never started', async () => {
    const router = await service.router({ engineProgram: ODD_ENGINE, enginesAtOnce: 1 })
    const [first, second] = [odd('loop'), odd('loop')]
    const cancelling = [new AbortController(), new AbortController()] as const
    const one = router.generate(first.request, { signal: cancelling[0].signal })
    const two = router.generate(second.request, { signal: cancelling[1].signal })
    await one.next()
    const ended = expect(one.next()).rejects.toThrow('enough')
    const running = await first.pid()
    await two.next() // it has come and waits
    cancelling[1].abort(new Error('given up'))
    await expect(two.next()).rejects.toThrow('given up')
    expect(isAlive(running)).toBe(true)
    cancelling[0].abort(new Error('enough'))
    await ended
    await recordedUsage(second.request.jobId!)
    await expect(readFile(second.request.goal!)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('routes', () => {
  it('are told before anything is spent', async () => {
    const router = await service.router()
    const route = { tier: 'max', phase: Phase.REFACTOR, modelClass: ModelClass.L3, contextTokens: 5n }
    const preview = await router.previewRoute({ tenantId: tenant, route })
    expect(preview.routes).toMatchObject([{ provider: 'codemod', maxTokens: 200_000n, outputCap: 5_000n }])
    const { providers } = await router.listProviders({})
    expect(providers).toMatchObject([
      { name: 'codemod', models: ['codemod'], classes: [ModelClass.L1, ModelClass.L2, ModelClass.L3] },
    ])
  })

  it.each([
    ['a class that the tier has not', { modelClass: ModelClass.L2 }, 'ROUTE_NOT_IN_TIER'],
    ['too large a context', { contextTokens: 128_001n }, 'CONTEXT_TOO_LARGE'],
    ['an unknown tier', { tier: 'gold' }, 'INVALID_REQUEST'],
    ['a tier that only objects have', { tier: 'constructor' }, 'INVALID_REQUEST'],
    ['no phase', { phase: Phase.UNSPECIFIED }, 'INVALID_REQUEST'],
  ])('refuse %s', async (_what, wrong, code) => {
    const route = { ...inPhase(Phase.PROPOSAL), ...wrong }
    const request = ask(tenant, manifest, { route })
    const router = await service.router()
    await expect(router.previewRoute({ tenantId: tenant, route })).rejects.toMatchObject({ code })
    await expect(generate(router, request)).rejects.toMatchObject({ code })
    expect((await usageOf(request.jobId!)).rows).toEqual([])
  })

  it('are closed to people', async () => {
    const person = await service.asPerson(tenant)
    await expect(person.listProviders({})).rejects.toMatchObject({ code: 'CALLER_NOT_ALLOWED' })
  })
})

isolationSuite({ urls: () => service.database.urls })
