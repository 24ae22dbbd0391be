import { rename } from 'node:fs/promises'
import type { TreeName } from '../../domain/paths.ts'
import { baseEnvironment } from './arguments.ts'
import { copyInRow, isSmall } from './copy-in-row.ts'
import type { DiskUsage } from './disk-usage.ts'
import { makeOwnFolder } from './folders.ts'
import type { Host } from './host.ts'
import { removeFolder } from './remove-folder.ts'
import { collect, startCommand } from './run.ts'
import { treeFolder, treesFolder, type Session } from './session.ts'

/** `cp` in a namespace that holds nothing but the two folders: whatever the tree's links say, nothing else is in reach. */
const copyInNamespace = async (host: Host, session: Session, from: string, to: string, tree: TreeName) => {
  const command = startCommand(
    host,
    session,
    { tree, account: session.account, limits: session.limits, folder: treesFolder(session) },
    {
      mounts: [
        { source: from, target: '/w/from', writable: false },
        { source: to, target: '/w/to', writable: true },
      ],
      scratch: [],
      env: baseEnvironment(),
      cwd: '/w',
    },
    {},
    ['cp', '-a', '--', '/w/from/.', '/w/to/'],
  )
  const { ended, ok, output } = await collect(command).finally(() => session.running.delete(command))
  if (!ok) throw new Error(`the tree could not be copied (${ended}): ${output.slice(0, 500)}`)
}

/** Whether the tree was of the kind that can be copied without a namespace; if not, nothing is left of the attempt. */
const copiedInRow = async (from: string, to: string, session: Session): Promise<boolean> => {
  try {
    copyInRow(from, to, session.account)
    return true
  } catch {
    // also what the file system refuses: `cp` then says of which file
    await removeFolder(to)
    await makeOwnFolder(to, session.account)
    return false
  }
}

/** Makes `to` a copy of `from`, which holds `size`; what `to` held before is gone once the copy is complete. */
export const copyTree = async (
  host: Host,
  session: Session,
  { from, to, size }: { readonly from: TreeName; readonly to: TreeName; readonly size: DiskUsage },
): Promise<void> => {
  const [source, target] = [treeFolder(session, from), treeFolder(session, to)]
  const unfinished = `${target}.part`
  await removeFolder(unfinished)
  await makeOwnFolder(unfinished, session.account)
  if (!isSmall(size) || !(await copiedInRow(source, unfinished, session)))
    await copyInNamespace(host, session, source, unfinished, to)
  await removeFolder(target)
  await rename(unfinished, target)
}
