import { mkdir, readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises'
import { readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import type { SandboxLimits } from '../../domain/limits.ts'
import type { TreeName } from '../../domain/paths.ts'
import type { Account } from './accounts.ts'
import type { Command } from './command.ts'
import type { CachedDependencies } from './dependency-cache.ts'
import { unlessGone } from './folder-handles.ts'
import { makeFolder } from './folders.ts'
import { identify, isAlive } from './process-id.ts'

/** A sandbox of this replica: folders on disk between commands, and the commands that run now. */
export interface Session {
  readonly sandboxId: string
  readonly tenantId: string
  readonly limits: SandboxLimits
  readonly account: Account | undefined
  /** Holds `trees/` and the record of who owns the session. */
  readonly folder: string
  readonly running: Map<Command, TreeName>
  readonly trees: Set<TreeName>
  dependencies: CachedDependencies | undefined
  /** Settles when its last installation has ended: there is one folder for that, and one account. */
  installing: Promise<void>
  ending: boolean
  /** When a call last used it, milliseconds since 1970. */
  usedAt: number
}

export const treesFolder = (session: Session): string => path.join(session.folder, 'trees')
export const treeFolder = (session: Session, tree: TreeName): string => path.join(treesFolder(session), tree)

/** Who owns a session, so that another process can tell whether the owner still lives. */
interface OwnerRecord {
  readonly sandboxId: string
  readonly tenantId: string
  readonly pid: number
  readonly startTime: string
  readonly bootId: string
  readonly pidNamespace: string
}

const RECORD = 'session.json'
/** An owner whose pid cannot be looked up (another container) is dead when its sessions were not touched for this. */
const SILENT_MS = 60_000
export const TOUCH_EVERY_MS = 15_000

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
const pidNamespace = (): string => readlinkSync('/proc/self/ns/pid')

export const createSessionFolder = async (folder: string, sandboxId: string, tenantId: string): Promise<void> => {
  await mkdir(folder, { mode: 0o711 })
  const record: OwnerRecord = {
    sandboxId,
    tenantId,
    pid: process.pid,
    startTime: identify(process.pid)?.startedAt ?? '',
    bootId: bootId(),
    pidNamespace: pidNamespace(),
  }
  await writeFile(path.join(folder, RECORD), JSON.stringify(record), { mode: 0o600 })
  await makeFolder(path.join(folder, 'trees'))
}

export const touchSession = async (folder: string): Promise<void> => {
  const now = new Date()
  await utimes(path.join(folder, RECORD), now, now)
}

const ownerIsAlive = (record: OwnerRecord, touchedAt: number): boolean => {
  if (record.bootId !== bootId()) return false
  if (record.pidNamespace !== pidNamespace()) return Date.now() - touchedAt < SILENT_MS
  return isAlive({ pid: record.pid, startedAt: record.startTime })
}

export interface Leftover {
  readonly folder: string
  readonly sandboxId: string
  readonly tenantId: string
}

/** Sessions whose owner died without destroying them. */
export const findLeftovers = async (sessionsFolder: string): Promise<Leftover[]> => {
  const leftovers: Leftover[] = []
  for (const name of await readdir(sessionsFolder)) {
    const folder = path.join(sessionsFolder, name)
    const file = path.join(folder, RECORD)
    const found = await unlessGone(stat(file))
    const text = await unlessGone(readFile(file, 'utf8'))
    if (!found || !text) {
      // the owner died between making the folder and writing the record, or is doing so right now
      const age = Date.now() - ((await unlessGone(stat(folder)))?.mtimeMs ?? Date.now())
      if (age > SILENT_MS) leftovers.push({ folder, sandboxId: name, tenantId: '' })
      continue
    }
    const record = JSON.parse(text) as OwnerRecord
    if (!ownerIsAlive(record, found.mtimeMs)) {
      leftovers.push({ folder, sandboxId: record.sandboxId, tenantId: record.tenantId })
    }
  }
  return leftovers
}
