import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A process beyond doubt: pids are used again, but never with the same start. */
export interface ProcessId {
  readonly pid: number
  /** Clock ticks since boot. */
  readonly startedAt: string
}

interface Stat {
  readonly state: string
  readonly startedAt: string
}

const ATTEMPTS = 200

const readStat = (pid: number): Stat | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // the second field is the program's own name, in parentheses, and may hold anything
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0]!, startedAt: fields[19]! }
  } catch {
    return undefined
  }
}

export const identify = (pid: number): ProcessId | undefined => {
  const stat = readStat(pid)
  return stat && { pid, startedAt: stat.startedAt }
}

export const isAlive = ({ pid, startedAt }: ProcessId): boolean => {
  const stat = readStat(pid)
  // a zombie only waits for its parent; the first process of a namespace becomes one after all others have ended
  return stat !== undefined && stat.startedAt === startedAt && stat.state !== 'Z'
}

/** Kills a process and waits until it is gone. @throws Error when the kernel does not let go of it */
export const whenGone = async (id: ProcessId): Promise<void> => {
  for (let attempt = 0; isAlive(id); attempt++) {
    if (attempt === ATTEMPTS) throw new Error(`process ${id.pid} does not end`)
    try {
      process.kill(id.pid, 'SIGKILL')
    } catch {
      // it ended in between
    }
    await sleep(Math.min(1 + attempt, 25))
  }
}
