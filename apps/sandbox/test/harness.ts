import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { randomInt, randomUUID } from 'node:crypto'
import os from 'node:os'
import path from 'node:path'
import type { ExecOutcome, ExecSpec, UploadEntry } from '../src/application/ports.ts'
import { DEFAULT_LIMITS, type SandboxLimits } from '../src/domain/limits.ts'
import { parseTreeName, parseTreePath, type TreeName } from '../src/domain/paths.ts'
import { BubblewrapRuntime, type BubblewrapOptions } from '../src/infrastructure/sandbox-runtime.bubblewrap.ts'

export const base = parseTreeName('base')
export const tenant = '0192f000-0000-7000-8000-00000000aaaa'

/** A state folder of the test's own; reachable for the accounts of sandboxes. */
export const makeRoot = async (): Promise<string> => {
  const root = await mkdtemp(path.join(os.tmpdir(), 'iama-sandbox-test-'))
  await chmod(root, 0o711)
  return root
}

export const removeRoot = (root: string): Promise<void> => rm(root, { recursive: true, force: true })

export const makeRuntime = (root: string, options: Partial<BubblewrapOptions> = {}): BubblewrapRuntime =>
  new BubblewrapRuntime({
    roots: [root],
    searchPath: process.env['PATH'] ?? '/usr/bin',
    node: process.execPath,
    cgroup: 'auto',
    hostEnv: process.env,
    egressAllowed: [],
    maxSessions: 16,
    maxCommandsPerSession: 8,
    cacheBytes: 1 << 30,
    now: () => new Date(),
    ...options,
  })

export const file = (name: string, content: string | Uint8Array, executable = false): UploadEntry => ({
  kind: 'file',
  path: parseTreePath(name),
  content: Buffer.from(content),
  executable,
})

export const link = (name: string, target: string): UploadEntry => ({
  kind: 'symlink',
  path: parseTreePath(name),
  target,
})

export async function* stream<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}

/** A sandbox with one tree; answers its id. */
export const provision = async (
  runtime: BubblewrapRuntime,
  files: readonly UploadEntry[] = [],
  limits: Partial<SandboxLimits> = {},
  tenantId = tenant,
): Promise<string> => {
  const sandboxId = randomUUID()
  await runtime.provision({ sandboxId, tenantId, limits: { ...DEFAULT_LIMITS, ...limits } })
  await runtime.upload(sandboxId, base, stream(files))
  return sandboxId
}

export interface Ran extends ExecOutcome {
  readonly stdout: string
  readonly stderr: string
}

export const run = async (
  runtime: BubblewrapRuntime,
  sandboxId: string,
  argv: readonly string[],
  spec: Partial<ExecSpec> = {},
): Promise<Ran> => {
  const output = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] }
  for await (const event of runtime.exec(sandboxId, { tree: base, argv, ...spec })) {
    if (event.type !== 'exit') output[event.type].push(event.data)
    else {
      const text = (parts: Uint8Array[]) => Buffer.concat(parts).toString()
      return { ...event.outcome, stdout: text(output.stdout), stderr: text(output.stderr) }
    }
  }
  throw new Error('the command ended without an outcome')
}

export const shell = (runtime: BubblewrapRuntime, sandboxId: string, script: string, spec: Partial<ExecSpec> = {}) =>
  run(runtime, sandboxId, ['sh', '-c', script], spec)

export const script = (runtime: BubblewrapRuntime, sandboxId: string, code: string, spec: Partial<ExecSpec> = {}) =>
  run(runtime, sandboxId, ['node', '-e', code], spec)

/** A script that is known to run, for it has said its first word; what becomes of it. */
export const begin = async (
  runtime: BubblewrapRuntime,
  sandboxId: string,
  script: string,
): Promise<{ readonly ended: Promise<ExecOutcome> }> => {
  const events = runtime.exec(sandboxId, { tree: base, argv: ['sh', '-c', `echo begun; ${script}`] })
  await events.next()
  const outcome = async (): Promise<ExecOutcome> => {
    for await (const event of events) if (event.type === 'exit') return event.outcome
    throw new Error('the command ended without an outcome')
  }
  return { ended: outcome() }
}

/** So many seconds as nobody else on this machine sleeps: what is left of a command is looked for among all processes. */
export const ownSeconds = (): string => `321.${String(randomInt(1_000_000_000)).padStart(9, '0')}`

export const readTree = async (
  runtime: BubblewrapRuntime,
  sandboxId: string,
  tree: TreeName = base,
): Promise<Map<string, { kind: string; content: Buffer; executable: boolean }>> => {
  const found = new Map<string, { kind: string; content: Buffer; executable: boolean }>()
  for await (const entry of runtime.download(sandboxId, tree)) {
    found.set(entry.path, { kind: entry.kind, content: Buffer.from(entry.content), executable: entry.executable })
  }
  return found
}
