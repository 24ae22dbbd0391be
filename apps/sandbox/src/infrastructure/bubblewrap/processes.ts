import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'

/** One moment of the machine's process table. */
export interface ProcessTable {
  /** The process and all its descendants. A pid namespace never loses one: orphans go to its first process. */
  under(root: number): number[]
}

/** Looks in a row; between two rows the service does whatever else waits. */
const LOOKS = 128

const unlessEnded = <Found>(look: () => Found): Found | undefined => {
  try {
    return look()
  } catch {
    return undefined // processes end while they are looked at
  }
}

/** An asynchronous look at a file of the kernel's costs ten times as much, and a buffer of 64 KiB. */
const textOf = (file: string): string => unlessEnded(() => readFileSync(file, 'utf8')) ?? ''

export const readProcessTable = async (): Promise<ProcessTable> => {
  const children = new Map<number, number[]>()
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  for (const [looks, pid] of pids.entries()) {
    if (looks % LOOKS === LOOKS - 1) await setImmediate()
    const text = textOf(`/proc/${pid}/stat`)
    // the second field is the program's own name, in parentheses, and may hold anything
    const parent = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
    if (!parent) continue
    const siblings = children.get(parent)
    if (siblings) siblings.push(Number(pid))
    else children.set(parent, [Number(pid)])
  }
  return {
    under(root) {
      const found = [root]
      for (let index = 0; index < found.length; index++) found.push(...(children.get(found[index]!) ?? []))
      return found
    },
  }
}

const statusKibibytes = (status: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)

/** Anonymous and shared memory that is mapped, bytes; file pages are the kernel's to drop. */
export const mappedMemory = async (pids: readonly number[]): Promise<number> => {
  let sum = 0
  for (const [looks, pid] of pids.entries()) {
    if (looks % LOOKS === LOOKS - 1) await setImmediate()
    const status = textOf(`/proc/${pid}/status`)
    sum += statusKibibytes(status, 'RssAnon') + statusKibibytes(status, 'RssShmem')
  }
  return sum * 1024
}

export interface UnlinkedFiles {
  /** On a file system, bytes. */
  readonly disk: number
  /** In memory: memfd and the like, bytes. */
  readonly memory: number
}

/** Files that have no name any more but are held open: neither a walk of folders nor a mapping shows them. */
export const unlinkedFiles = async (pids: readonly number[]): Promise<UnlinkedFiles> => {
  const seen = new Set<string>()
  let disk = 0
  let memory = 0
  let looks = 0
  for (const pid of pids) {
    const folder = `/proc/${pid}/fd`
    for (const descriptor of unlessEnded(() => readdirSync(folder)) ?? []) {
      if (++looks % LOOKS === 0) await setImmediate()
      const link = unlessEnded(() => readlinkSync(`${folder}/${descriptor}`)) ?? ''
      if (!link.endsWith(' (deleted)')) continue
      const found = unlessEnded(() => statSync(`${folder}/${descriptor}`))
      if (!found || seen.has(`${found.dev}:${found.ino}`)) continue
      seen.add(`${found.dev}:${found.ino}`)
      if (link.startsWith('/memfd:')) memory += found.blocks * 512
      else disk += found.blocks * 512
    }
  }
  return { disk, memory }
}

/** Host pids of processes that have a folder whose path holds `needle` mounted; needs no more rights than theirs. */
export const processesWithMount = async (needle: string): Promise<number[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(
    pids.map(async (pid) =>
      (await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '')).includes(needle) ? pid : undefined,
    ),
  )
  return found.filter((pid) => pid !== undefined)
}
