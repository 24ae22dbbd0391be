import { createHash, randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { SandboxService, type SessionRef } from '@iama/contracts/iama/sandbox/v1/service'
import { client, type Client } from '@iama/rpc'
import type { RunningService } from '@iama/service'
import { testIdentity, type TestIdentity } from '@iama/testing/identity'
import { createTestDatabase, startNatsServer, type TestDatabase } from '@iama/testing/servers'
import type { Artifacts } from '../src/application/ports.ts'
import { readConfig, type SandboxConfig } from '../src/config.ts'
import { createSandbox } from '../src/container.ts'
import { migrations } from '../src/infrastructure/migrations/index.ts'

/** Artifacts by hash and tenant, as `jobs` keeps them. */
export class MemoryArtifacts implements Artifacts {
  readonly #contents = new Map<string, Uint8Array>()

  put({ tenantId }: { tenantId: string }, content: Uint8Array): Promise<string> {
    const address = createHash('sha256').update(tenantId).update(content).digest('hex')
    this.#contents.set(`${tenantId} ${address}`, content)
    return Promise.resolve(address)
  }

  get(tenantId: string, address: string): Promise<Uint8Array> {
    const content = this.#contents.get(`${tenantId} ${address}`)
    return content ? Promise.resolve(content) : Promise.reject(new Error(`no artifact ${address}`))
  }
}

export interface SandboxUnderTest {
  readonly database: TestDatabase
  readonly artifacts: MemoryArtifacts
  readonly identity: TestIdentity
  readonly config: SandboxConfig
  readonly folder: string
  /** The worker's client. */
  readonly sandbox: Client<typeof SandboxService>
  readonly running: () => RunningService
  /** Stops the service and starts it again on the same folders. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export const startSandbox = async (more: Readonly<Record<string, string>> = {}): Promise<SandboxUnderTest> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'iama-sandbox-service-'))
  await chmod(folder, 0o711)
  const [database, nats, identity] = await Promise.all([
    createTestDatabase('sandbox', migrations),
    startNatsServer({ storeDir: path.join(folder, 'nats') }),
    testIdentity('worker'),
  ])
  const artifacts = new MemoryArtifacts()
  const config = readConfig({
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'],
    DATABASE_URL: database.urls.app,
    RELAY_DATABASE_URL: database.urls.relay,
    NATS_URL: nats.url,
    STREAMS_FILE: path.join(import.meta.dirname, '../../../deploy/nats/streams.yaml'),
    AUTH_ADDRESS: 'unused:1',
    JOBS_ADDRESS: 'unused:1',
    SERVICE_SECRET: 'unused-unused-unused',
    LOG_LEVEL: 'error',
    DATA_DIR: folder,
    SANDBOX_ROOT: path.join(folder, 'runtime'),
    ...more,
  })
  const start = () => createSandbox(config, { identity, artifacts })
  let running = await start()
  const connect = () => client(SandboxService, running.address, { token: () => identity.service('worker', 'sandbox') })
  let sandbox = connect()
  return {
    ...{ database, artifacts, identity, config, folder },
    get sandbox() {
      return sandbox
    },
    running: () => running,
    restart: async () => {
      await running.stop()
      running = await start()
      sandbox = connect()
    },
    stop: async () => {
      await running.stop()
      await nats.stop()
      await database.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export type Files = Readonly<Record<string, string | Uint8Array>>
export type Ref = Pick<SessionRef, 'tenantId' | 'jobId' | 'sessionId'>

/** A session with these files. */
export const submit = async (service: SandboxUnderTest, files: Files, tenantId = randomUUID()): Promise<Ref> => {
  const jobId = randomUUID()
  const { session } = await service.sandbox.provision({ tenantId, jobId, requestId: randomUUID() })
  await upload(service, session!, files)
  return session!
}

const CHUNK = 1_000

export const upload = (service: SandboxUnderTest, session: Ref, files: Files) =>
  service.sandbox.upload(
    (async function* () {
      yield { part: { case: 'session' as const, value: session } }
      for (const [name, text] of Object.entries(files)) {
        const bytes = Buffer.from(text)
        for (let at = 0; at === 0 || at < bytes.length; at += CHUNK) {
          const chunk = bytes.subarray(at, at + CHUNK)
          yield { part: { case: 'file' as const, value: { path: name, chunk, more: at > 0 } } }
        }
      }
    })(),
  )

interface AnyPart {
  readonly part: { readonly case: string | undefined; readonly value?: unknown }
}
type DoneOf<Answer> = Answer extends { part: infer Part }
  ? Part extends { case: 'done'; value: infer Value }
    ? Value
    : never
  : never

/** Reads a step to its end; what it told on the way is in `told`. */
export const finish = async <Answer extends AnyPart>(
  answers: AsyncIterable<Answer>,
): Promise<{ done: DoneOf<Answer>; told: string[] }> => {
  const told: string[] = []
  for await (const { part } of answers) {
    if (part.case === 'done') return { done: part.value as DoneOf<Answer>, told }
    const value = part.value as { step?: string; phase?: string; text?: string; gate?: string; status?: string }
    told.push(part.case === 'gate' ? `${value.gate} ${value.status}` : `${value.step} ${value.phase}: ${value.text}`)
  }
  throw new Error('the step ended without a result')
}
