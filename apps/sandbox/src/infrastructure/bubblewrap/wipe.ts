import { lstat, readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WipeEvidence } from '../../domain/wipe-evidence.ts'
import { processesWithMount } from './processes.ts'
import { openRoot, unlessGone } from './folder-handles.ts'
import { removeFolder } from './remove-folder.ts'
import { walk } from './safe-tree.ts'

const KILL_ROUNDS = 20

/** A session could not be removed completely; nothing is reported as wiped. */
export class WipeIncomplete extends Error {}

export interface WipeRequest {
  readonly sandboxId: string
  readonly tenantId: string
  readonly folder: string
  readonly reason: WipeEvidence['reason']
  /** Processes that were ended before the wipe began. */
  readonly processesKilled: number
  readonly now: () => Date
}

/** Ends every process that still has the session mounted, whoever started it. */
const killHolders = async (needle: string): Promise<number> => {
  const killed = new Set<number>()
  for (let round = 0; round < KILL_ROUNDS; round++) {
    const holders = await processesWithMount(needle)
    if (holders.length === 0) return killed.size
    for (const pid of holders) {
      try {
        process.kill(pid, 'SIGKILL')
        killed.add(pid)
      } catch {
        // it ended by itself
      }
    }
    await sleep(10)
  }
  throw new WipeIncomplete(`processes still hold the session's folder after ${KILL_ROUNDS} rounds`)
}

const count = async (folder: string) => {
  const counts = { files: 0, directories: 0, symlinks: 0, bytes: 0 }
  const problems: string[] = []
  const root = await openRoot(folder)
  try {
    // the walk gives unreadable folders their rights back, so that they can be removed
    for await (const entry of walk(root)) {
      if (entry.kind === 'folder') counts.directories++
      else if (entry.kind === 'symlink') counts.symlinks++
      else counts.files++
      if (entry.kind === 'file') counts.bytes += entry.size
    }
  } catch (error) {
    // it has to go all the same
    problems.push(`not all of it could be counted before: ${(error as NodeJS.ErrnoException).code ?? String(error)}`)
  } finally {
    await root.close()
  }
  return { counts, problems }
}

const nothing = { counts: { files: 0, directories: 0, symlinks: 0, bytes: 0 }, problems: [] }

/** Kills, removes, and looks again. Throws WipeIncomplete rather than vouch for what it has not seen. */
export const wipe = async (request: WipeRequest): Promise<WipeEvidence> => {
  const startedAt = request.now()
  const needle = path.join(path.basename(path.dirname(request.folder)), path.basename(request.folder)) + '/'
  const processesKilled = request.processesKilled + (await killHolders(needle))
  const trees = path.join(request.folder, 'trees')
  const present = await unlessGone(lstat(trees))
  const { counts, problems } = present ? await count(trees) : nothing
  await removeFolder(request.folder)
  const verification = await verify(request.folder, needle)
  return {
    sandboxId: request.sandboxId,
    tenantId: request.tenantId,
    reason: request.reason,
    ...counts,
    processesKilled,
    startedAt,
    finishedAt: request.now(),
    verification: [...verification, ...problems],
  }
}

const verify = async (folder: string, needle: string): Promise<string[]> => {
  const found = await lstat(folder).catch((error: NodeJS.ErrnoException) => error.code)
  if (found !== 'ENOENT') throw new WipeIncomplete('the folder of the session is still there')
  if ((await processesWithMount(needle)).length > 0) throw new WipeIncomplete('a process still has it mounted')
  if ((await readFile('/proc/self/mountinfo', 'utf8')).includes(needle)) throw new WipeIncomplete('it is still mounted')
  return [
    'lstat of the session folder answers ENOENT',
    'no mountinfo of any process names the session folder',
    'the mount table of the service does not name the session folder',
  ]
}
