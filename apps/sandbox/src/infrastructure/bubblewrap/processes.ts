import { readdir, readFile, readlink, stat } from 'node:fs/promises'

/** One moment of the machine's process table. */
export interface ProcessTable {
  /** The process and all its descendants. A pid namespace never loses one: orphans go to its first process. */
  under(root: number): number[]
}

export const readProcessTable = async (): Promise<ProcessTable> => {
  const children = new Map<number, number[]>()
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      // the second field is the program's own name, in parentheses, and may hold anything
      const parent = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
      if (!parent) return
      const siblings = children.get(parent)
      if (siblings) siblings.push(Number(pid))
      else children.set(parent, [Number(pid)])
    }),
  )
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
  const sizes = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
      return statusKibibytes(status, 'RssAnon') + statusKibibytes(status, 'RssShmem')
    }),
  )
  return sizes.reduce((sum, size) => sum + size, 0) * 1024
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
  for (const pid of pids) {
    const folder = `/proc/${pid}/fd`
    const descriptors = await readdir(folder).catch(() => [])
    await Promise.all(
      descriptors.map(async (descriptor) => {
        const link = await readlink(`${folder}/${descriptor}`).catch(() => '')
        if (!link.endsWith(' (deleted)')) return
        const found = await stat(`${folder}/${descriptor}`).catch(() => undefined)
        if (!found || seen.has(`${found.dev}:${found.ino}`)) return
        seen.add(`${found.dev}:${found.ino}`)
        if (link.startsWith('/memfd:')) memory += found.blocks * 512
        else disk += found.blocks * 512
      }),
    )
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
