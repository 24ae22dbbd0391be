import { statSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { patchBetween, pathProblem, type Patch, type Tree, type TreeFile } from '@iama/patch'
import { readTreeFile } from '@iama/worktree'

import { CliError, usageError } from '../errors.ts'
import { ExitCode } from '../exit-code.ts'
import { some } from '../view/format.ts'
import { oneLine } from '../view/style.ts'
import { placeOf } from './base-tree.ts'
import { expectSameLinks } from './compare-trees.ts'
import { git, GitFailed, ownSettings } from './git.ts'

type Environment = Readonly<Record<string, string | undefined>>

interface GitAt {
  readonly cwd: string
  readonly env: Environment
}

const SHOWN = 10

/** The diff does not fit the folder. */
const doesNotApply = (said: string): CliError =>
  new CliError(ExitCode.usage, 'PATCH_DOES_NOT_APPLY', 'the patch does not apply to the folder', [
    ...said.split('\n').map((line) => line.replace(/^error: /, '')),
    'The folder must be as it is before the patch; for a change that is in it already give --base REF.',
  ])

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 }

/** A name as git writes it, in quotes with C escapes or bare. */
const unquoted = (name: string): string => {
  if (!name.startsWith('"')) return name.replace(/\t.*$/, '')
  const bytes: number[] = []
  for (const [, octal, letter, plain] of name.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gs)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8))
    else if (letter !== undefined) bytes.push(escapes[letter] ?? letter.charCodeAt(0))
    else bytes.push(...Buffer.from(plain!))
  }
  return Buffer.from(bytes).toString()
}

/**
 * Every path that a diff may read. Lines of a hunk that look like headers only add to it, which does no harm: git alone
 * decides what the diff means.
 */
const namesIn = (text: string, strip: number): string[] => {
  const names = new Set<string>()
  const add = (name: string, segments: number): void => {
    const stripped = unquoted(name.replace(/\r$/, '')).split('/').slice(segments).join('/')
    if (stripped !== '' && pathProblem(stripped) === undefined) names.add(stripped)
  }
  for (const line of text.split('\n')) {
    const [, header] = /^(?:---|\+\+\+) (.*)$/.exec(line) ?? []
    if (header !== undefined) add(header, strip)
    const [, moved] = /^(?:rename|copy) (?:from|to) (.*)$/.exec(line) ?? []
    if (moved !== undefined) add(moved, strip - 1)
    // changes of the mode alone, and of binary files, name the file nowhere else
    const [, both] = /^diff --git (.*)$/.exec(line) ?? []
    const half = ((both?.length ?? 0) - 1) / 2
    if (both !== undefined && Number.isInteger(half)) add(both.slice(0, half), strip)
  }
  return [...names]
}

/** How many folders in front of the names are not the folder's own: `a/`, and the way to it from the top of its repository. */
const stripOf = async (text: string, dir: string, { cwd, env }: GitAt): Promise<number> => {
  const prefix = (await placeOf(dir, env))?.prefix ?? ''
  if (prefix === '') return 1
  const said = await git(['apply', '--numstat', '-z', '-'], { cwd, env, input: text })
  const names = said
    .toString()
    .split('\0')
    .flatMap((line) => line.split('\t')[2] ?? [])
  const outside = names.filter((name) => !name.startsWith(prefix))
  if (outside.length === names.length) return 1
  if (outside.length === 0) return prefix.split('/').length
  throw usageError(
    `the patch also changes files outside of ${dir}: ${some(outside.map(oneLine), SHOWN).join(', ')}`,
    'Check the folder that holds them all, or make the diff with git diff --relative.',
  )
}

/** The files of a folder that a diff may read, as they are. */
const readNamed = async (dir: string, names: readonly string[]): Promise<Tree> => {
  const root = await realpath(dir)
  const tree = new Map<string, TreeFile>()
  const links: string[] = []
  for (const name of names) {
    const state = await readTreeFile(root, name)
    if (state === 'other') {
      if (!statSync(path.join(root, name), { throwIfNoEntry: false })?.isDirectory()) links.push(name)
    } else if (state !== undefined) tree.set(name, { content: state.content, executable: state.executable })
  }
  expectSameLinks(links)
  return tree
}

const write = async (dir: string, tree: Tree): Promise<void> => {
  for (const [name, { content, executable }] of tree) {
    const file = path.join(dir, name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, content)
    await chmod(file, executable ? 0o755 : 0o644)
  }
}

const readAll = async (dir: string): Promise<Tree> => {
  const tree = new Map<string, TreeFile>()
  const links: string[] = []
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    const name = path.relative(dir, file)
    if (entry.isSymbolicLink()) links.push(name)
    if (!entry.isFile()) continue
    tree.set(name, { content: await readFile(file), executable: ((await stat(file)).mode & 0o100) !== 0 })
  }
  expectSameLinks(links)
  return tree
}

/**
 * What a diff changes in a folder, as a patch. The folder is only read: git applies the diff to copies of the files that
 * it names, exactly, and without the user's settings.
 * @throws CliError (usage) when it does not apply, or touches what no check can judge; NotExpressible
 */
export const patchOfDiff = async (text: string, dir: string, environment: Environment): Promise<Patch> => {
  if (text.trim() === '') return { version: 1, edits: [] }
  const copy = await realpath(await mkdtemp(path.join(tmpdir(), 'iama-diff-')))
  const at = { cwd: copy, env: { ...environment, ...ownSettings, GIT_CEILING_DIRECTORIES: path.dirname(copy) } }
  try {
    const strip = await stripOf(text, dir, at)
    const before = await readNamed(dir, namesIn(text, strip))
    await write(copy, before)
    await git(['apply', '--whitespace=nowarn', `-p${strip}`, '-'], { ...at, input: text })
    return patchBetween(before, await readAll(copy))
  } catch (error) {
    throw error instanceof GitFailed ? doesNotApply(error.said) : error
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}
