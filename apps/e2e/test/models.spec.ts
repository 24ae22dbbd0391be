import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { startModelServer, type ModelServer } from '@iama/testing/model-server'
import { eventually } from '@iama/testing/servers'
import { writeProject } from './projects.ts'
import { goodTotal, modelsFile, scriptShop, shop, twoWrong, wrongTotal } from './scripted-model.ts'
import { startSystem, type OwnSystem } from './system.ts'

let system: OwnSystem
let provider: ModelServer
const MINUTE = 60_000

beforeAll(async () => {
  provider = await startModelServer()
  const file = await modelsFile({
    lab: { url: provider.url, models: [{ model: 'gpt-4o', price: { input: 2.5, cached: 1.25, output: 10 } }] },
  })
  system = await startSystem({ router: { MODELS_FILE: file } })
}, 4 * MINUTE)
afterAll(async () => {
  await system?.stop()
  await provider?.stop()
}, MINUTE)
beforeEach(() => provider.reset())

const refactor = (dir: string, ...more: string[]) =>
  system.iama(['refactor', dir, '--goal', 'make total readable', '--yes', ...more])

interface Cost {
  readonly costMicros: string
  readonly lines: readonly { phase: string; calls: number; inputTokens: string; outputTokens: string }[]
}
const sum = (lines: Cost['lines'], field: 'inputTokens' | 'outputTokens'): number =>
  lines.reduce((all, line) => all + Number(line[field]), 0)

describe('a job by a language model', () => {
  it(
    'goes from wrong patches and malformed output to a good patch, each attempt explained and paid for',
    async () => {
      const used = scriptShop(provider, wrongTotal, 'Sorry, no JSON today.', 'Still prose.', twoWrong, goodTotal)
      const dir = await writeProject(shop)
      const done = await refactor(dir)
      expect(done.stderr).toContain('MALFORMED_OUTPUT')
      expect(done.code).toBe(0)
      expect(used()).toBe(5)
      expect((await system.iama(['diff', done.jobId])).stdout).toContain('items.reduce(')

      const cost = JSON.parse((await system.iama(['cost', done.jobId, '--json'])).stdout) as Cost
      const bill = provider.tokens()
      expect(sum(cost.lines, 'inputTokens')).toBe(bill.input)
      expect(sum(cost.lines, 'outputTokens')).toBe(bill.output)
      expect(cost.lines.reduce((all, { calls }) => all + calls, 0)).toBe(provider.calls.length)
      const exact = provider.calls.map(({ usage }) =>
        Math.ceil(usage!.prompt_tokens * 2.5 + usage!.completion_tokens * 10),
      )
      expect(Number(cost.costMicros)).toBe(exact.reduce((all, each) => all + each, 0))

      expect((await system.iama(['accept', done.jobId])).code).toBe(0)
      expect(await readFile(path.join(dir, 'cart.js'), 'utf8')).toContain('items.reduce(')
    },
    3 * MINUTE,
  )

  it(
    'is cancelled in the middle of an answer: the connection closes within 2 s',
    async () => {
      scriptShop(provider, { text: 'word ', repeat: Infinity, delayBetweenChunksMs: 20 })
      const dir = await writeProject(shop)
      const working = system.begin(['refactor', dir, '--goal', 'make total readable', '--yes'])
      await working.said(/job [0-9a-f-]{36}/)
      const writing = () =>
        provider.calls.find(({ behaviour }) => (behaviour as { repeat?: number })?.repeat === Infinity)
      await eventually('the model writes', async () => (writing()?.chunksSent ?? 0) > 3, MINUTE)
      const { stdout } = await system.iama(['jobs', '--json'])
      const jobId = /[0-9a-f-]{36}/.exec(stdout)![0]
      const asked = Date.now()
      expect((await system.iama(['cancel', jobId])).code).toBe(0)
      const committed = Date.now()
      const ended = await eventually('the connection is closed', async () => writing()?.endedAt, MINUTE)
      expect(writing()!.ended).toBe('closed-by-client')
      expect(ended - committed).toBeLessThan(2_000)
      expect(ended).toBeGreaterThan(asked)
      await working.ended
    },
    2 * MINUTE,
  )

  it(
    'that writes the same again and again waits for a person, and a deep fix that is confirmed ends it',
    async () => {
      scriptShop(provider, wrongTotal)
      const dir = await writeProject(shop)
      const stuck = await refactor(dir)
      expect(stuck.stderr).toContain('SAME_PATCH')
      expect(stuck.stderr).toContain('REPEATED_FAILURE')

      scriptShop(provider, goodTotal)
      const refused = await system.iama(['intervene', stuck.jobId, '--deep-fix', '--confirm', '0.0001'])
      expect(refused.stderr).toContain('BUDGET_REACHED')
      const fixed = await system.iama(['intervene', stuck.jobId, '--retry', '--hint', 'use reduce'])
      expect(fixed.stderr).toContain('DELIVERED')
    },
    3 * MINUTE,
  )

  it(
    'stops where its budget ends, and goes on with a greater one',
    async () => {
      scriptShop(provider, goodTotal)
      const dir = await writeProject(shop)
      const stopped = await refactor(dir, '--budget', '0.0001')
      expect(stopped.stderr).toContain('BUDGET_REACHED')
      expect(provider.calls).toHaveLength(0)
      const on = await system.iama(['intervene', stopped.jobId, '--retry', '--budget', '5'])
      expect(on.stderr).toContain('DELIVERED')
      expect((await system.iama(['diff', stopped.jobId])).stdout).toContain('items.reduce(')
    },
    2 * MINUTE,
  )
})
