import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

import { DomainError } from '@iama/kernel'
import createIgnore, { type Ignore } from 'ignore'

const MAX_GIT_OUTPUT = 256 * 1024 * 1024

/** Never part of a snapshot: repositories, installed packages (the sandbox installs its own) and our own state. */
const neverListed = new Set(['.git', '.hg', '.svn', '.iama', 'node_modules'])
/** Left out where no git says what belongs to the project. */
const usuallyIgnored = new Set(['.DS_Store', '.nyc_output', 'coverage', '.env', '.env.local'])

/** A file name is not valid UTF-8, so that no protocol or patch could carry it unchanged. */
export class UnsupportedFileName extends DomainError {
  readonly code = 'UNSUPPORTED_FILE_NAME'
  override readonly kind = 'invalid'
}

/** The environment that git runs in. */
export type Environment = Readonly<Record<string, string | undefined>>

export interface Listing {
  /** POSIX paths relative to the root, exactly as the file system spells them. */
  readonly paths: string[]
  readonly listedBy: 'git' | 'walk'
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const decodeName = (bytes: Buffer): string => {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    const shown = bytes.toString('latin1').replace(/[^ -~]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`)
    throw new UnsupportedFileName(`the file name ${shown} is not valid UTF-8; rename it or exclude it`)
  }
}

const splitAtNul = (bytes: Buffer): Buffer[] => {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at)
    parts.push(bytes.subarray(at, end === -1 ? bytes.length : end))
    at = end === -1 ? bytes.length : end + 1
  }
  return parts
}

/** What git tracks or would track; undefined without git, outside a repository, or when git refuses to look. */
const listWithGit = (root: string, environment: Environment | undefined): Promise<Buffer[] | undefined> =>
  new Promise((resolve) => {
    // a repository's own configuration could name a program as fsmonitor
    const args = ['-c', 'core.fsmonitor=false', 'ls-files', '-z', '--cached', '--others', '--exclude-standard']
    const env = environment && { env: environment }
    const options = { cwd: root, ...env, encoding: 'buffer', maxBuffer: MAX_GIT_OUTPUT } as const
    execFile('git', args, options, (error, stdout) => resolve(error ? undefined : splitAtNul(stdout)))
  })

interface Rules {
  readonly folder: string
  readonly rules: Ignore
}

const readRules = async (root: string, folder: string): Promise<Rules[]> => {
  try {
    const text = await readFile(path.join(root, folder, '.gitignore'), 'utf8')
    return [{ folder, rules: createIgnore().add(text) }]
  } catch {
    return []
  }
}

/** The deepest .gitignore that says anything about a path decides, as in git. */
const isIgnored = (all: readonly Rules[], name: string): boolean =>
  all.reduce((ignored, { folder, rules }) => {
    const verdict = rules.test(folder === '' ? name : name.slice(folder.length + 1))
    return verdict.ignored || (ignored && !verdict.unignored)
  }, false)

const walk = async (root: string, folder: string, outer: readonly Rules[], found: string[]): Promise<void> => {
  const rules = [...outer, ...(await readRules(root, folder))]
  const entries = await readdir(path.join(root, folder), { withFileTypes: true, encoding: 'buffer' })
  for (const entry of entries) {
    const base = decodeName(entry.name)
    if (neverListed.has(base) || usuallyIgnored.has(base)) continue
    const name = folder === '' ? base : `${folder}/${base}`
    const isFolder = entry.isDirectory()
    if (isIgnored(rules, isFolder ? `${name}/` : name)) continue
    if (isFolder) await walk(root, name, rules, found)
    else found.push(name)
  }
}

/**
 * The project's files: what git tracks or would track, else all files but ignored ones. Sorted by UTF-8 bytes.
 * @throws UnsupportedFileName
 */
export const listPaths = async (root: string, environment?: Environment): Promise<Listing> => {
  const byGit = await listWithGit(root, environment)
  const paths = new Set<string>()
  for (const bytes of byGit ?? []) {
    const name = decodeName(bytes)
    if (!name.split('/').some((segment) => neverListed.has(segment))) paths.add(name)
  }
  const listedBy = paths.size > 0 ? 'git' : 'walk'
  const found = [...paths]
  // a folder that its repository ignores has nothing to list, yet somebody asked for it
  if (listedBy === 'walk') await walk(root, '', [], found)
  const keys = new Map(found.map((name) => [name, Buffer.from(name)]))
  found.sort((a, b) => Buffer.compare(keys.get(a)!, keys.get(b)!))
  return { paths: found, listedBy }
}
