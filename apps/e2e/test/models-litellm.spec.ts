import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startModelServer, type ModelServer } from '@iama/testing/model-server'
import { startLiteLlm, type LiteLlmProxy } from '@iama/testing/servers'
import { writeProject } from './projects.ts'
import { goodTotal, modelsFile, scriptShop, shop, wrongTotal } from './scripted-model.ts'
import { startSystem, type OwnSystem } from './system.ts'

let system: OwnSystem
let provider: ModelServer
let proxy: LiteLlmProxy
const MINUTE = 60_000

beforeAll(async () => {
  provider = await startModelServer()
  proxy = await startLiteLlm({ models: [{ name: 'house', upstream: provider.url, upstreamModel: 'gpt-4o' }] })
  const models = [{ model: 'house', price: { input: 2.5, output: 10 } }]
  const file = await modelsFile({ litellm: { url: proxy.url, keyEnv: 'LITELLM_KEY', models } })
  system = await startSystem({ router: { MODELS_FILE: file, LITELLM_KEY: proxy.key } })
}, 5 * MINUTE)
afterAll(async () => {
  await system?.stop()
  await proxy?.stop()
  await provider?.stop()
}, MINUTE)

describe('a job by a model behind a real LiteLLM proxy', () => {
  it(
    'goes on after a 429 with Retry-After, a cut stream and a wrong patch, and is paid for to the token',
    async () => {
      // slowly, or the proxy takes it for a failure before the first word
      const cut = { text: goodTotal, tokensPerChunk: 2, delayBetweenChunksMs: 40, cutAfterChunks: 20 }
      const used = scriptShop(provider, { status: 429, retryAfter: 3 }, cut, wrongTotal, goodTotal)
      const dir = await writeProject(shop)
      const done = await system.iama(['refactor', dir, '--goal', 'make total readable', '--yes'])
      expect(done.stderr).toContain('DELIVERED')
      expect(done.code).toBe(0)
      expect(used()).toBe(4)
      const [refused, next] = provider.calls.slice(provider.calls.findIndex(({ status }) => status === 429))
      expect(next!.startedAt - refused!.startedAt).toBeGreaterThanOrEqual(3_000)

      const { lines } = JSON.parse((await system.iama(['cost', done.jobId, '--json'])).stdout) as {
        lines: { inputTokens: string; outputTokens: string; estimated?: boolean }[]
      }
      const bill = provider.tokens()
      const sum = (field: 'inputTokens' | 'outputTokens'): number =>
        lines.reduce((all, line) => all + Number(line[field]), 0)
      expect(sum('inputTokens')).toBe(bill.input)
      expect(sum('outputTokens')).toBe(bill.output)
    },
    4 * MINUTE,
  )
})
