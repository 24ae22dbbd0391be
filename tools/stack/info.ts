import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** One running process of a service. */
export interface ReplicaInfo {
  /** For example `jobs` or `jobs-2`. */
  readonly name: string
  /** Loopback ports by purpose: `rpc`, `http`, `health`. */
  readonly ports: Readonly<Record<string, number>>
  readonly log: string
}

/** Where everything of a running stack is: what `<dir>.json` holds, readable by this user alone. */
export interface StackInfo {
  readonly dir: string
  /** The process that holds the stack; when it is gone, so is the stack. 0 once it was taken down. */
  readonly supervisor: number
  /** Whether everything answered when it was last asked. */
  readonly ready: boolean
  /** Superuser's url: it creates databases, nothing else. */
  readonly postgresUrl: string
  readonly natsUrl: string
  /** NATS's own monitoring pages. */
  readonly natsMonitorUrl: string | undefined
  readonly redisUrl: string
  readonly temporalAddress: string
  /** Port by name, to be taken again next time. */
  readonly ports: Readonly<Record<string, number>>
  readonly services: Readonly<Record<string, readonly ReplicaInfo[]>>
  /** What a client talks to, once the gateway is up. */
  readonly gatewayUrl?: string
  /** The page for the people who run it. */
  readonly monitoringUrl?: string
}

/** `.iama/stack` is described by `.iama/stack.json`. */
export const infoFile = (dir: string): string => `${dir}.json`

export const readInfo = (dir: string): StackInfo | undefined => {
  const file = infoFile(dir)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as StackInfo) : undefined
}

/** Written whole and then renamed, so that a reader never sees half of it. */
export const writeInfo = (dir: string, info: StackInfo): void => {
  const file = infoFile(dir)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, `${JSON.stringify(info, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** Whether a process with this number runs. */
export const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The stack that is up in a folder: its file is there and its supervisor lives. */
export const runningStack = (dir: string): StackInfo | undefined => {
  const info = readInfo(dir)
  return info !== undefined && info.supervisor > 0 && alive(info.supervisor) ? info : undefined
}
