import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'

import { usageError } from './errors.ts'
import { some } from './view/format.ts'
import { oneLine } from './view/style.ts'

/** Folders above the given one that are looked at. */
const MOST_LEVELS = 6
const SHOWN = 3

type Manifest = Readonly<Record<string, unknown>>

const readManifest = async (folder: string): Promise<Manifest | undefined> => {
  try {
    const value: unknown = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'))
    return typeof value === 'object' && value !== null ? (value as Manifest) : undefined
  } catch {
    return undefined // none, or none that can be read: whoever needs it says so
  }
}

const globsOf = ({ workspaces }: Manifest): string[] => {
  const list = Array.isArray(workspaces) ? workspaces : (workspaces as { packages?: unknown } | undefined)?.packages
  return Array.isArray(list) ? list.filter((each) => typeof each === 'string' && !each.startsWith('!')) : []
}

/** Names of the packages that a folder's globs take in, by folder. */
const workspacesOf = async (folder: string, globs: readonly string[]): Promise<Map<string, string>> => {
  const found = new Map<string, string>()
  const patterns = globs.map((each) => path.posix.join(each, 'package.json'))
  for await (const file of glob(patterns, { cwd: folder, exclude: (name) => path.basename(name) === 'node_modules' })) {
    const home = path.join(folder, path.dirname(file))
    const name = (await readManifest(home))?.['name']
    found.set(home, typeof name === 'string' ? name : '')
  }
  return found
}

const wanted = (manifest: Manifest): string[] =>
  ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap((field) =>
    Object.keys((manifest[field] as object | undefined) ?? {}),
  )

/**
 * A workspace that leans on another one of its repository cannot be installed by itself: the other is in no registry.
 * @throws CliError (usage) with the command that submits the whole
 */
export const expectWhole = async (dir: string): Promise<void> => {
  const own = await readManifest(dir)
  const names = own === undefined ? [] : wanted(own)
  let folder = path.resolve(dir)
  const home = folder
  for (let level = 0; names.length > 0 && level < MOST_LEVELS && path.dirname(folder) !== folder; level++) {
    folder = path.dirname(folder)
    const globs = globsOf((await readManifest(folder)) ?? {})
    const workspaces = globs.length === 0 ? new Map<string, string>() : await workspacesOf(folder, globs)
    if (!workspaces.has(home)) continue
    const siblings = [...workspaces.values()].filter((name) => name !== '' && names.includes(name)).sort()
    if (siblings.length === 0) return
    const inside = path.relative(folder, home).split(path.sep).join('/')
    throw usageError(
      `${inside} is a workspace and needs ${some(siblings.map(oneLine), SHOWN).join(', ')} from beside it`,
      'Submit the folder of the workspaces, and name the files that are meant:',
      `iama refactor ${folder} --include '${inside}/**'`,
    )
  }
}
