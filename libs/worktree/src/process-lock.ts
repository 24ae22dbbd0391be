import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { DomainError } from '@iama/kernel'

const ATTEMPTS = 5
const MAX_PAUSE_MS = 60

/** Another process works on the same thing right now. */
export class LockHeld extends DomainError {
  readonly code = 'LOCK_HELD'
  override readonly kind = 'conflict'
}

interface Owner {
  readonly host: string
  readonly pid: number
  /** Tells a process from a later one that got the same number; 0 where the system does not say. */
  readonly startedAt: string
}

/** The 22nd field of /proc/<pid>/stat; the second, the program's name, may itself hold spaces and brackets. */
const startOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
  } catch {
    return '0'
  }
}

const here = (): Owner => ({ host: encodeURIComponent(hostname()), pid: process.pid, startedAt: startOf(process.pid) })

const nameOf = ({ host, pid, startedAt }: Owner): string => `${pid}-${startedAt}-${host}`

const ownerOf = (name: string): Owner | undefined => {
  const match = /^(\d+)-(\d+)-(.*)~[0-9a-f-]+$/.exec(name)
  return match ? { pid: Number(match[1]), startedAt: match[2]!, host: match[3]! } : undefined
}

/** A process on another host cannot be asked, so it counts as alive. */
const isAlive = (owner: Owner): boolean => {
  if (owner.host !== here().host) return true
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const startedAt = startOf(owner.pid)
  return owner.startedAt === '0' || startedAt === '0' || startedAt === owner.startedAt
}

/** Puts our name into the folder, then looks who else is there: of two that come at once, none or one stays. */
const tryEnter = async (folder: string): Promise<{ mine: string } | { other: string }> => {
  const mine = path.join(folder, `${nameOf(here())}~${randomUUID()}`)
  await mkdir(folder, { recursive: true })
  await writeFile(mine, '', { flag: 'wx' })
  for (const name of await readdir(folder)) {
    const other = path.join(folder, name)
    const owner = ownerOf(name)
    if (other === mine || owner === undefined) continue
    if (isAlive(owner)) {
      await rm(mine, { force: true })
      return { other: `process ${owner.pid} on ${decodeURIComponent(owner.host)} (${other})` }
    }
    await rm(other, { force: true })
  }
  return { mine }
}

const enter = async (folder: string): Promise<string> => {
  let holder = ''
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await sleep(Math.random() * MAX_PAUSE_MS)
    try {
      const entered = await tryEnter(folder)
      if ('mine' in entered) return entered.mine
      holder = entered.other
    } catch (error) {
      // the last holder removed the folder while we entered it
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  throw new LockHeld(`another IAMA process is at work here: ${holder}; wait for it, or remove that file if it is gone`)
}

/**
 * Runs work while holding a lock that is a folder of names. A dead holder's lock is void: process numbers are compared
 * together with their start times.
 * @throws LockHeld when a live process keeps it
 */
export const withLock = async <T>(folder: string, work: () => Promise<T>): Promise<T> => {
  const mine = await enter(folder)
  try {
    return await work()
  } finally {
    await rm(mine, { force: true })
    await rmdir(folder).catch(() => undefined)
  }
}
