import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A group of processes that the kernel keeps under a memory and a process limit. */
export interface ControlGroup {
  /** The kernel waits for all processors before it has moved a process: meanwhile others are served. */
  add(pid: number): Promise<void>
  /** Its processes as the host numbers them */
  processes(): number[]
  /** Whether the kernel has ended a process for want of memory. */
  outOfMemory(): boolean
  remove(): Promise<void>
}

export interface ControlGroups {
  create(name: string, limits: { memoryBytes: number; processes: number }): ControlGroup
  /** Removes the groups of services that died without doing it. */
  sweep(): Promise<void>
}

/** A group's name tells which process is to remove it. */
export const groupName = (serial: number): string => `iama-${process.pid}-${serial}`

const MOUNT = '/sys/fs/cgroup'

/** Our own place in each hierarchy: controller to path, '' for version 2. */
const ownPaths = (): Map<string, string> =>
  new Map(
    readFileSync('/proc/self/cgroup', 'utf8')
      .trim()
      .split('\n')
      .flatMap((line) => {
        const [, controllers = '', ...rest] = line.split(':')
        return controllers.split(',').map((controller) => [controller, rest.join(':')] as const)
      }),
  )

const removeGroup = async (folder: string): Promise<void> => {
  // the kernel lets go of a group some milliseconds after its last process
  for (let attempt = 0; attempt < 50 && existsSync(folder); attempt++) {
    try {
      rmdirSync(folder)
    } catch {
      await sleep(20)
    }
  }
}

const sweepFolder = async (folder: string): Promise<void> => {
  for (const name of readdirSync(folder)) {
    const owner = /^iama-(\d+)-\d+$/.exec(name)?.[1]
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) await removeGroup(path.join(folder, name))
  }
}

const counter = (file: string, name: string): number =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? 0)

const MEMBERS = 'cgroup.procs'

const membersOf = (folder: string): number[] =>
  readFileSync(path.join(folder, MEMBERS), 'utf8').split('\n').filter(Boolean).map(Number)

/** Version 1: one folder in each controller's tree. */
class GroupsV1 implements ControlGroups {
  readonly #parents: { memory: string; pids: string }

  constructor(parents: { memory: string; pids: string }) {
    this.#parents = parents
  }

  create(name: string, limits: { memoryBytes: number; processes: number }): ControlGroup {
    const memory = path.join(this.#parents.memory, name)
    const pids = path.join(this.#parents.pids, name)
    mkdirSync(memory)
    writeFileSync(path.join(memory, 'memory.limit_in_bytes'), String(limits.memoryBytes))
    mkdirSync(pids)
    writeFileSync(path.join(pids, 'pids.max'), String(limits.processes))
    return {
      add: async (pid) => {
        for (const folder of [memory, pids]) await writeFile(path.join(folder, MEMBERS), String(pid))
      },
      processes: () => membersOf(pids),
      outOfMemory: () => counter(path.join(memory, 'memory.oom_control'), 'oom_kill') > 0,
      remove: async () => void (await Promise.all([removeGroup(memory), removeGroup(pids)])),
    }
  }

  async sweep(): Promise<void> {
    await sweepFolder(this.#parents.memory)
    await sweepFolder(this.#parents.pids)
  }
}

/** Version 2: one folder below a delegated parent. */
class GroupsV2 implements ControlGroups {
  readonly #parent: string

  constructor(parent: string) {
    this.#parent = parent
  }

  create(name: string, limits: { memoryBytes: number; processes: number }): ControlGroup {
    const folder = path.join(this.#parent, name)
    const set = (file: string, value: string) => writeFileSync(path.join(folder, file), value)
    mkdirSync(folder)
    set('memory.max', String(limits.memoryBytes))
    set('memory.oom.group', '1')
    if (existsSync(path.join(folder, 'memory.swap.max'))) set('memory.swap.max', '0')
    set('pids.max', String(limits.processes))
    return {
      add: (pid) => writeFile(path.join(folder, MEMBERS), String(pid)),
      processes: () => membersOf(folder),
      outOfMemory: () => counter(path.join(folder, 'memory.events'), 'oom_kill') > 0,
      remove: () => removeGroup(folder),
    }
  }

  sweep(): Promise<void> {
    return sweepFolder(this.#parent)
  }
}

const allowControllers = (parent: string): void => {
  try {
    writeFileSync(path.join(parent, 'cgroup.subtree_control'), '+memory +pids')
  } catch {
    // the trial that follows tells whether they are there all the same
  }
}

const candidates = (delegated: string | undefined): ControlGroups[] => {
  const own = ownPaths()
  const found: ControlGroups[] = []
  const [memory, pids] = [own.get('memory'), own.get('pids')]
  if (!delegated && memory !== undefined && pids !== undefined) {
    found.push(new GroupsV1({ memory: path.join(MOUNT, 'memory', memory), pids: path.join(MOUNT, 'pids', pids) }))
  }
  const unified = delegated ?? (own.has('') ? path.join(MOUNT, own.get('')!) : undefined)
  if (unified !== undefined && existsSync(path.join(unified, 'cgroup.subtree_control'))) {
    found.push(new GroupsV2(unified))
    allowControllers(unified)
  }
  return found
}

/**
 * The control groups this process may make, tried out with a real one; undefined where there are none, and then the
 * supervisor keeps the limits. `delegated` names a version 2 folder that belongs to the service.
 */
export const detectControlGroups = async (delegated?: string): Promise<ControlGroups | undefined> => {
  for (const groups of candidates(delegated)) {
    try {
      const trial = groups.create(groupName(Date.now()), { memoryBytes: 64 << 20, processes: 16 })
      trial.outOfMemory()
      await trial.remove()
      return groups
    } catch {
      // not ours to write: try the next
    }
  }
  return undefined
}
