import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { cachedProgram } from './servers-cache.ts'
import { freePort, startOwned } from './servers-process.ts'
import { eventually } from './servers-wait.ts'

/** A name under which the proxy offers an OpenAI-compatible endpoint. */
export interface LiteLlmModel {
  readonly name: string
  /** Base URL of the endpoint behind it, with `/v1`. */
  readonly upstream: string
  /** What the endpoint calls the model; the same name when absent. */
  readonly upstreamModel?: string
  /** The key that the endpoint wants. */
  readonly upstreamKey?: string
}

export interface LiteLlmOptions {
  readonly models: readonly LiteLlmModel[]
  /** Whether it closes the upstream call when the client of a plain call goes; by itself it does so for streams only. */
  readonly cancelOnDisconnect?: boolean
}

/** A real LiteLLM proxy of a test's own. */
export interface LiteLlmProxy {
  /** Base URL of its API, with `/v1`. */
  readonly url: string
  /** The master key; it takes no other. */
  readonly key: string
  readonly pid: number
  /** What it wrote last, for a failing test to show. */
  output(): string
  stop(): Promise<void>
}

/** It imports for about ten seconds before it listens, on a busy machine much longer. */
const READY_WITHIN_MS = 90_000

/** Starts a private proxy, without database, retries and network beyond its upstreams. Allow 90 s. */
export const startLiteLlm = async (options: LiteLlmOptions): Promise<LiteLlmProxy> => {
  const program = cachedProgram('litellm', 'IAMA_TEST_LITELLM_BIN', 'router')
  const folder = mkdtempSync(path.join(tmpdir(), 'iama-litellm-'))
  const key = `sk-${randomBytes(16).toString('hex')}`
  const config = path.join(folder, 'config.yaml')
  // JSON is YAML
  writeFileSync(config, JSON.stringify(configOf(options, key)), { mode: 0o600 })
  const port = await freePort()
  const server = startOwned(
    program,
    ['--config', config, '--host', '127.0.0.1', '--port', String(port), '--telemetry', 'False'],
    {
      cwd: folder,
      env: {
        HOME: folder,
        PATH: '/usr/bin:/bin',
        // or it waits for a download of prices
        LITELLM_LOCAL_MODEL_COST_MAP: 'True',
        // or it reads .env files
        LITELLM_MODE: 'PRODUCTION',
        LITELLM_LOG: 'ERROR',
        PYTHONUNBUFFERED: '1',
      },
    },
  )
  const stop = async (): Promise<void> => {
    await server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  let ended = false
  void server.ended.then(() => (ended = true))
  const answers = async (): Promise<boolean> =>
    ended ||
    (await fetch(`http://127.0.0.1:${port}/health/liveliness`, { signal: AbortSignal.timeout(2_000) }).then(
      ({ ok }) => ok,
      () => false,
    ))
  try {
    await eventually('the LiteLLM proxy answers', answers, READY_WITHIN_MS)
    if (ended) throw new Error('the LiteLLM proxy ended while starting')
  } catch (error) {
    await stop()
    throw new Error(`${(error as Error).message}\n${server.output()}`, { cause: error })
  }
  return { url: `http://127.0.0.1:${port}/v1`, key, pid: server.pid, output: () => server.output(), stop }
}

const configOf = ({ models, cancelOnDisconnect = false }: LiteLlmOptions, key: string): object => ({
  model_list: models.map(({ name, upstream, upstreamModel = name, upstreamKey = 'none' }) => ({
    model_name: name,
    litellm_params: {
      model: `openai/${upstreamModel}`,
      api_base: upstream,
      api_key: upstreamKey,
      max_retries: 0,
    },
  })),
  litellm_settings: { num_retries: 0, telemetry: false },
  // a model that failed must be asked again by the next call: retries and breakers are ours to test
  router_settings: { num_retries: 0, disable_cooldowns: true },
  general_settings: { master_key: key, cancel_on_disconnect: cancelOnDisconnect },
})
