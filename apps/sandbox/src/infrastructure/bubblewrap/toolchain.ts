import { constants } from 'node:fs'
import { access, chmod, cp, mkdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import path from 'node:path'

/** The programs of the host that a sandbox sees, read-only. */
export interface Toolchain {
  /** The bubblewrap program. */
  readonly bwrap: string
  /** The node program, reachable for the sandbox's account. */
  readonly node: string
  /** The folder of the npm package (with `bin/npm-cli.js`), reachable for the sandbox's account. */
  readonly npm: string
}

const exists = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  )

/** The first `name` on a PATH-like list, its links resolved. */
export const findProgram = async (name: string, searchPath: string): Promise<string | undefined> => {
  for (const folder of searchPath.split(':').filter(path.isAbsolute)) {
    const candidate = path.join(folder, name)
    if ((await exists(candidate)) && (await stat(candidate)).isFile()) return await realpath(candidate)
  }
  return undefined
}

/** The npm package that `npm` on the search path belongs to, or the one beside the node program. */
export const findNpm = async (node: string, searchPath: string): Promise<string | undefined> => {
  const onPath = await findProgram('npm', searchPath)
  const candidates = [
    ...(onPath?.endsWith(path.join('bin', 'npm-cli.js')) ? [path.dirname(path.dirname(onPath))] : []),
    path.join(path.dirname(path.dirname(node)), 'lib/node_modules/npm'),
  ]
  for (const candidate of candidates) {
    if (await exists(path.join(candidate, 'package.json')).catch(() => false)) return candidate
    if (await stat(path.join(candidate, 'bin/npm-cli.js')).catch(() => undefined)) return candidate
  }
  return undefined
}

/** Whether an account without privileges can walk down to the path: every folder lets others through. */
export const reachableByOthers = async (target: string): Promise<boolean> => {
  for (let folder = path.dirname(target); ; folder = path.dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false
    if (folder === path.dirname(folder)) return true
  }
}

/**
 * The path itself, or a copy under `folder` when an own account could not reach it (a clone in root's home).
 * Copied once for each version of the original, known by place, size and time.
 */
export const reachable = async (original: string, folder: string): Promise<string> => {
  if (await reachableByOthers(original)) return original
  const found = await stat(original)
  const key = createHash('sha256').update(`${original}\0${found.size}\0${found.mtimeMs}`).digest('hex').slice(0, 16)
  const target = path.join(folder, `${path.basename(original)}-${key}`)
  if (await stat(target).catch(() => undefined)) return target
  await mkdir(folder, { recursive: true, mode: 0o755 })
  const unfinished = `${target}.${process.pid}`
  await cp(original, unfinished, { recursive: true, dereference: true })
  if (found.isFile()) await chmod(unfinished, 0o755)
  await rename(unfinished, target).catch(() => rm(unfinished, { recursive: true, force: true }))
  return target
}
