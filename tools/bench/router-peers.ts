import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { startLiteLlm } from '@iama/testing/servers'
import { freePorts } from '../stack/ports.ts'
import { ensurePrograms } from '../stack/programs.ts'
import { nodeBinary, root } from '../workspace.ts'
import type { Target } from './router-load.ts'

/** A target with the process behind it. */
export interface Running {
  readonly target: Target
  readonly pid: number
  readonly close: () => Promise<void>
}

/** What every side calls the model. */
export const MODEL = 'scripted'

/** A program of ours that prints its base URL. */
export const startProgram = async (name: string, file: string, ...args: readonly string[]): Promise<Running> => {
  const child = spawn(nodeBinary, [path.join(import.meta.dirname, file), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const close = async (): Promise<void> => {
    child.kill()
    await once(child, 'exit')
  }
  return { target: { name, url, headers: {}, model: MODEL }, pid: child.pid!, close }
}

/** `@portkey-ai/gateway` as its package starts it: no checks of keys, no budgets, no metering. */
export const startPortkey = async (upstream: string): Promise<Running> => {
  const [port] = await freePorts(1)
  const file = path.join(root, 'node_modules/@portkey-ai/gateway/build/start-server.js')
  const child = spawn(nodeBinary, [file, `--port=${port}`, '--headless'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
  })
  const close = async (): Promise<void> => {
    child.kill()
    await once(child, 'exit')
  }
  const headers = { authorization: 'Bearer none', 'x-portkey-provider': 'openai', 'x-portkey-custom-host': upstream }
  const target = { name: 'Portkey', url: `http://127.0.0.1:${port}/v1`, headers, model: MODEL }
  try {
    await listens(`http://127.0.0.1:${port}/`)
  } catch (error) {
    await close()
    throw error
  }
  return { target, pid: child.pid!, close }
}

const listens = async (url: string): Promise<void> => {
  for (const until = Date.now() + 30_000; Date.now() < until; await sleep(100)) {
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return
  }
  throw new Error(`${url} does not answer`)
}

/** The real LiteLLM proxy with one key, without retries and without a database. */
export const startLiteLlmProxy = async (upstream: string): Promise<Running> => {
  await ensurePrograms({ own: true, testsOf: ['router'] })
  const proxy = await startLiteLlm({ models: [{ name: MODEL, upstream }] })
  const target = { name: 'LiteLLM', url: proxy.url, headers: { authorization: `Bearer ${proxy.key}` }, model: MODEL }
  return { target, pid: proxy.pid, close: proxy.stop }
}
