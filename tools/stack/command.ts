import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import path from 'node:path'
import { parse, parseReplicas } from '../arguments.ts'
import { StepFailed, say, step, tailOf } from '../bootstrap/progress.mjs'
import { prepare } from '../prepare.ts'
import { nodeBinary, root } from '../workspace.ts'
import { alive, runningStack, type StackInfo } from './info.ts'
import { notReady } from './services.ts'
import type { StackOptions } from './stack.ts'

/** The stack that `npm start` and `npm run stack` share; tests have their own folders. */
export const stackDir = path.join(root, '.iama/stack')

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The addresses, for a person. */
export const describe = (info: StackInfo): string =>
  [
    `PostgreSQL  ${new URL(info.postgresUrl).host}`,
    `NATS        ${info.natsUrl}`,
    `Redis       ${info.redisUrl}`,
    `Temporal    ${info.temporalAddress}`,
    ...(info.gatewayUrl ? [`gateway     ${info.gatewayUrl}`] : []),
    ...(info.monitoringUrl ? [`monitoring  ${info.monitoringUrl}`] : []),
  ].join('\n')

const supervise = async (options: StackOptions): Promise<StackInfo> => {
  const logFile = path.join(root, '.iama/logs/supervisor.log')
  mkdirSync(path.dirname(logFile), { recursive: true })
  const log = openSync(logFile, 'w')
  const child = spawn(
    nodeBinary,
    ['--disable-warning=ExperimentalWarning', path.join(import.meta.dirname, 'supervisor.ts'), JSON.stringify(options)],
    { cwd: root, detached: true, stdio: ['ignore', log, log] },
  )
  closeSync(log)
  child.unref()
  for (;;) {
    if (child.exitCode !== null)
      throw new StepFailed('the stack did not come up', { tail: tailOf(logFile, 30), logFile })
    const info = runningStack(options.dir)
    if (info?.ready && info.supervisor === child.pid) return info
    await sleep(50)
  }
}

const up = async (services: boolean, replicas: Record<string, number>): Promise<number> => {
  const running = runningStack(stackDir)
  if (running !== undefined && services && Object.keys(running.services).length === 0) {
    say('the servers are up without the services')
    await down()
  } else if (running !== undefined) {
    say(`already up (npm run stack -- down takes it down)\n${describe(running)}`)
    return 0
  }
  await prepare({ build: services })
  const options: StackOptions = { dir: stackDir, services, durable: true, keep: true, replicas }
  const info = await step(services ? 'starting the system' : 'starting the servers', () => supervise(options))
  say(describe(info))
  return 0
}

/** Asks a stack to stop and waits until it has. */
const down = async (): Promise<number> => {
  const running = runningStack(stackDir)
  if (running === undefined) {
    say('nothing is up')
    return 0
  }
  await step('taking the stack down', async () => {
    process.kill(running.supervisor, 'SIGTERM')
    for (const until = Date.now() + 40_000; alive(running.supervisor); await sleep(50)) {
      if (Date.now() > until) {
        throw new StepFailed(`process ${running.supervisor} does not stop`, {
          hint: `kill -KILL ${running.supervisor}`,
        })
      }
    }
  })
  return 0
}

const status = async (json: boolean): Promise<number> => {
  const info = runningStack(stackDir)
  if (info === undefined) {
    if (json) process.stdout.write('{"up":false}\n')
    else say('down (npm start, or npm run stack -- up)')
    return 1
  }
  const states = await Promise.all(
    Object.values(info.services)
      .flat()
      .map(async ({ name, ports }) => {
        const reason = ports['health'] && (await notReady(ports['health']).catch((error: Error) => error.message))
        return { name, ready: !reason, ...(reason && { reason }) }
      }),
  )
  if (json) process.stdout.write(`${JSON.stringify({ up: true, ...info, states })}\n`)
  else {
    say(describe(info))
    for (const { name, ready, reason } of states) say(`${name.padEnd(12)}${ready ? 'ready' : `not ready: ${reason}`}`)
  }
  return states.every(({ ready }) => ready) ? 0 : 1
}

/** Compares or applies deploy/nats/streams.yaml; a difference makes the exit code 1. */
const streams = async (verb: 'diff' | 'apply'): Promise<number> => {
  const natsUrl = process.env['NATS_URL'] ?? runningStack(stackDir)?.natsUrl
  if (natsUrl === undefined) throw new StepFailed('no NATS to ask', { hint: 'npm start, or set NATS_URL' })
  const { compareStreams, makeStreams } = await import('./streams.ts')
  if (verb === 'apply') await makeStreams(natsUrl)
  const differences = await compareStreams(natsUrl)
  process.stdout.write(
    differences.map((line) => `${line}\n`).join('') || 'the server agrees with deploy/nats/streams.yaml\n',
  )
  return differences.length === 0 ? 0 : 1
}

export const run = async (args: readonly string[]): Promise<number> => {
  const { values, words } = parse(args, {
    servers: { type: 'boolean' },
    json: { type: 'boolean' },
    replicas: { type: 'string' },
  })
  const [word, ...more] = words
  if (more.length === 0 && word === 'up') return up(!values.servers, parseReplicas(values.replicas))
  if (more.length === 0 && word === 'down') return down()
  if (more.length === 0 && word === 'status') return status(values.json ?? false)
  if (word === 'streams' && more.length === 1 && (more[0] === 'diff' || more[0] === 'apply')) return streams(more[0])
  throw new StepFailed(`stack "${words.join(' ')}"?`, {
    hint: 'npm run stack -- up [--servers] | down | status [--json] | streams diff|apply',
  })
}
