import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { applyPatch, parsePatch, type Patch, type Tree } from '@iama/patch'
import { openVerdict, type SignedVerdict } from '@iama/verdict/envelope'
import { readTree } from '../../../tools/demo/trees.ts'
import type { Said, System } from './system.ts'

/** What a client told machines: every line of its output must be JSON. */
export const jsonLines = ({ stdout }: Said): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

export interface Dropped {
  readonly editId: string
  readonly title: string
  readonly reasons: readonly string[]
}

/** A job's patch, and what is not in it, as the client tells it to machines. */
export const patchOf = async (
  system: System,
  jobId: string,
): Promise<{ patch: Patch; dropped: readonly Dropped[] }> => {
  const [line] = jsonLines(await system.iama(['diff', jobId, '--json']))
  return { patch: parsePatch(line!['patch']), dropped: line!['dropped'] as Dropped[] }
}

/** A job's signed verdict. */
export const verdictOf = async (system: System, jobId: string): Promise<SignedVerdict> =>
  openVerdict((await system.iama(['verdict', jobId])).stdout)

/** The files of a folder with their contents, as patches see them. */
export const treeOf = async (dir: string): Promise<Tree> =>
  new Map(
    await Promise.all(
      [...(await readTree(dir)).keys()].map(
        async (name) => [name, { content: await readFile(path.join(dir, name)), executable: false }] as const,
      ),
    ),
  )

/** The texts that a tree has with a patch in it, by path. */
export const textsWith = (tree: Tree, patch: Patch): Record<string, string> => texts(applyPatch(tree, patch))

export const texts = (tree: Tree): Record<string, string> =>
  Object.fromEntries([...tree].map(([name, { content }]) => [name, Buffer.from(content).toString('utf8')]))
