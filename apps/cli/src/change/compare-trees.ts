import { patchBetween, type Patch, type Tree, type TreeFile } from '@iama/patch'
import { hashFiles, readTreeFiles, scanTree, type HashedFile } from '@iama/worktree'

import { CliError, usageError } from '../errors.ts'
import { ExitCode } from '../exit-code.ts'
import { some } from '../view/format.ts'
import { oneLine } from '../view/style.ts'

type Environment = Readonly<Record<string, string | undefined>>

const SHOWN = 10

/** A folder, and the environment in which git lists what belongs to it. */
export interface Folder {
  readonly dir: string
  readonly environment: Environment
}

interface Listed {
  readonly root: string
  readonly files: ReadonlyMap<string, HashedFile>
  /** Symbolic links with their targets. */
  readonly links: ReadonlyMap<string, string>
}

const list = async ({ dir, environment }: Folder, exclude: readonly string[]): Promise<Listed> => {
  const { root, files, links } = await scanTree(dir, { ignore: exclude, environment })
  const hashed = await hashFiles(
    root,
    files.map(({ path }) => path),
  )
  return {
    root,
    files: new Map(hashed.map((file) => [file.path, file])),
    links: new Map(links.map(({ path, target }) => [path, target])),
  }
}

/** The paths at which two maps differ. */
const changed = <Value>(
  one: ReadonlyMap<string, Value>,
  other: ReadonlyMap<string, Value>,
  isSame: (a: Value | undefined, b: Value | undefined) => boolean,
): string[] => [...new Set([...one.keys(), ...other.keys()])].filter((key) => !isSame(one.get(key), other.get(key)))

/** @throws CliError (usage) naming the links: no patch could hold such a change */
export const expectSameLinks = (paths: readonly string[]): void => {
  if (paths.length === 0) return
  throw usageError(`symbolic links changed, which no check can judge: ${some(paths.map(oneLine), SHOWN).join(', ')}`)
}

const read = async ({ root, files }: Listed, paths: readonly string[]): Promise<Tree> => {
  const tree = new Map<string, TreeFile>()
  const wanted = paths.filter((path) => files.has(path))
  for await (const [path, state] of readTreeFiles(root, wanted)) {
    if (state === undefined || state === 'other' || state.sha256 !== files.get(path)!.sha256)
      throw new CliError(ExitCode.usage, 'TREE_CHANGED', `${path} changed while it was being read; start again`)
    tree.set(path, { content: state.content, executable: state.executable })
  }
  return tree
}

/**
 * What changed between two folders, as a patch; only files that differ are held in memory.
 * @throws CliError (usage), NotExpressible
 */
export const changesBetween = async (before: Folder, after: Folder, exclude: readonly string[]): Promise<Patch> => {
  const [old, now] = [await list(before, exclude), await list(after, exclude)]
  expectSameLinks(changed(old.links, now.links, (a, b) => a === b))
  const paths = changed(old.files, now.files, (a, b) => a?.sha256 === b?.sha256 && a?.executable === b?.executable)
  return patchBetween(await read(old, paths), await read(now, paths))
}
