import { statfs } from 'node:fs/promises'
import type { LimitName, SandboxLimits } from '../../domain/limits.ts'
import type { ControlGroup } from './cgroup.ts'
import { diskUsage, freeSpace, type FreeSpace } from './disk-usage.ts'
import { mappedMemory, readProcessTable, unlinkedFiles } from './processes.ts'

const PERIOD_MS = 100
/** A full count of the session's files happens at least this often, and as soon as the file system shrinks. */
const COUNT_EVERY_MS = 3_000

export interface Watched {
  readonly limits: SandboxLimits
  /** The session's trees on the host. */
  readonly folder: string
  /** Folders in memory, as the inside names them. */
  readonly scratch: readonly string[]
  /** Undefined where the kernel does not count memory for us. */
  readonly group: ControlGroup | undefined
  readonly initPid: () => number | undefined
  readonly exceeded: (limit: LimitName) => void
}

/**
 * Looks at a running namespace every 100 ms and reports the first limit that it goes over: memory by the
 * control group's own counter or by adding up, disk by counting when the file system has visibly shrunk. Time has a clock
 * of its own.
 */
export class Supervisor {
  readonly #watched: Watched
  #timer: NodeJS.Timeout | undefined
  readonly #deadline: NodeJS.Timeout
  #looking = false
  #free: FreeSpace | undefined
  #countedAt = -COUNT_EVERY_MS
  #countTook = 0

  constructor(watched: Watched) {
    this.#watched = watched
    this.#timer = setInterval(() => void this.#look(), PERIOD_MS)
    // not one of the looks: a look at a disk that is being filled may itself take long
    this.#deadline = setTimeout(() => this.#report('WALL_CLOCK'), watched.limits.wallClockMs)
  }

  stop(): void {
    clearInterval(this.#timer)
    clearTimeout(this.#deadline)
    this.#timer = undefined
  }

  #report(limit: LimitName): void {
    if (!this.#timer) return
    this.stop()
    this.#watched.exceeded(limit)
  }

  async #look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    try {
      const limit = await this.#exceededLimit()
      if (limit) this.#report(limit)
    } catch {
      // processes and files vanish while they are being looked at; the next look decides
    } finally {
      this.#looking = false
    }
  }

  async #exceededLimit(): Promise<LimitName | undefined> {
    const { group, initPid } = this.#watched
    const pid = initPid()
    if (pid === undefined) return undefined
    const counted = group ? (group.outOfMemory() ? 'MEMORY' : undefined) : await this.#processesExceed(pid)
    return counted ?? ((await this.#diskExceeded(pid)) ? 'DISK' : undefined)
  }

  /** No process leaves its group: the kernel's own list says the same as the machine's whole table. */
  async #processesOf(pid: number): Promise<number[]> {
    return this.#watched.group?.processes() ?? (await readProcessTable()).under(pid)
  }

  async #processesExceed(pid: number): Promise<LimitName | undefined> {
    const { limits } = this.#watched
    const pids = (await readProcessTable()).under(pid)
    if (pids.length > limits.processes) return 'PROCESSES'
    return (await this.#memoryOf(pid, pids)) > limits.memoryBytes ? 'MEMORY' : undefined
  }

  async #memoryOf(pid: number, pids: readonly number[]): Promise<number> {
    const [mapped, unlinked, ...scratch] = await Promise.all([
      mappedMemory(pids),
      unlinkedFiles(pids),
      ...this.#watched.scratch.map((folder) => tmpfsUse(`/proc/${pid}/root${folder}`)),
    ])
    return scratch.reduce((sum, bytes) => sum + bytes, mapped + unlinked.memory)
  }

  async #diskExceeded(pid: number): Promise<boolean> {
    const { limits, folder } = this.#watched
    const free = await freeSpace(folder)
    const before = (this.#free ??= free)
    const sinceCount = performance.now() - this.#countedAt
    // others write to the same file system: a fall is only a reason to count, and counting may cost at most a third
    const fell =
      before.bytes - free.bytes > limits.diskBytes / 8 || before.entries - free.entries > limits.diskEntries / 8
    if (!(fell && sinceCount > 2 * this.#countTook) && sinceCount < COUNT_EVERY_MS + 10 * this.#countTook) return false
    const begun = performance.now()
    const usage = await diskUsage(folder, { bytes: limits.diskBytes, entries: limits.diskEntries })
    // always: while others free space on the same file system it does not fall, however much is written
    const { disk: unlinked } = await unlinkedFiles(await this.#processesOf(pid))
    this.#countedAt = performance.now()
    this.#countTook = this.#countedAt - begun
    this.#free = free
    return usage.bytes + unlinked > limits.diskBytes || usage.entries > limits.diskEntries
  }
}

const tmpfsUse = async (folder: string): Promise<number> => {
  const found = await statfs(folder).catch(() => undefined)
  return found ? (found.blocks - found.bfree) * found.bsize : 0
}
