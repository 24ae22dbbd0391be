import { readFile } from 'node:fs/promises'
import { text as readStream } from 'node:stream/consumers'

import { applyPatch, parsePatch, PatchConflict, touchedPaths, type Patch, type Tree, type TreeFile } from '@iama/patch'
import { readTreeFiles } from '@iama/worktree'

import type { Cli } from '../cli.ts'
import { CliError, usageError } from '../errors.ts'
import { ExitCode } from '../exit-code.ts'
import { patchOfDiff } from './apply-diff.ts'
import { checkOutBase } from './base-tree.ts'
import { changesBetween, type Folder } from './compare-trees.ts'

/** Where a change comes from; exactly one of them. */
export interface ChangeFlags {
  /** The commit that the working tree is compared with. */
  readonly base?: string
  /** A file with a unified diff or with a patch in JSON; `-` is stdin. */
  readonly patch?: string
}

/** The code before a change, and the change; what was checked out for it goes when it is disposed of. */
export interface GivenChange extends AsyncDisposable {
  readonly base: Folder
  /** In words. */
  readonly name: string
  /** @param exclude globs of files that are not submitted */
  patch(exclude: readonly string[]): Promise<Patch>
}

/**
 * Finds the code before a change: the commit of `--base`, or the folder itself for a patch that is not in it yet.
 * @throws CliError (usage)
 */
export const givenChange = async (
  cli: Cli,
  stdin: NodeJS.ReadableStream,
  dir: string,
  { base, patch }: ChangeFlags,
): Promise<GivenChange> => {
  if ((base === undefined) === (patch === undefined))
    throw usageError('say which change: --base REF for the working tree against a commit, or --patch FILE')
  const now: Folder = { dir, environment: cli.settings.childEnvironment }
  if (base !== undefined) {
    const tree = await checkOutBase(dir, base, now.environment)
    return {
      base: tree,
      name: `the working tree against ${base} (${tree.commit.slice(0, 12)})`,
      patch: (exclude) => changesBetween(tree, now, exclude),
      [Symbol.asyncDispose]: () => tree[Symbol.asyncDispose](),
    }
  }
  const text = patch === '-' ? await readStream(stdin) : await readFile(patch!, 'utf8')
  return {
    base: now,
    name: patch === '-' ? 'the patch from stdin' : patch!,
    patch: () => (text.trimStart().startsWith('{') ? patchOfJson(text, dir) : patchOfDiff(text, dir, now.environment)),
    [Symbol.asyncDispose]: async () => {},
  }
}

/** A patch of our own kind, tried on the folder's files first: what does not fit need not be sent. */
const patchOfJson = async (text: string, dir: string): Promise<Patch> => {
  const patch = parsePatch(text)
  try {
    applyPatch(await readTouched(patch, dir), patch)
    return patch
  } catch (error) {
    if (!(error instanceof PatchConflict)) throw error
    const message = 'the patch does not apply to the folder'
    throw new CliError(ExitCode.usage, 'PATCH_DOES_NOT_APPLY', message, error.message.split('\n'))
  }
}

const readTouched = async (patch: Patch, dir: string): Promise<Tree> => {
  const tree = new Map<string, TreeFile>()
  for await (const [path, state] of readTreeFiles(dir, touchedPaths(patch).all))
    if (state !== undefined && state !== 'other') tree.set(path, state)
  return tree
}
