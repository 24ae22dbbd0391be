import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { createHash } from 'node:crypto'
import path from 'node:path'

/** Whom PostgreSQL runs as when we are root: it refuses to be root itself. */
export interface User {
  readonly uid: number
  readonly gid: number
}

/** The system's `postgres` user, else `nobody`; nothing when we are not root and no change is needed. */
export const unprivilegedUser = (): User | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of ['postgres', 'nobody']) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':')
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) }
  }
  throw new Error('PostgreSQL cannot run as root, and this system has neither a user "postgres" nor "nobody"')
}

/** Whether somebody who owns nothing here can pass through every folder above a path. */
export const reachable = (target: string): boolean => {
  for (let dir = path.dirname(path.resolve(target)); ; dir = path.dirname(dir)) {
    if (existsSync(dir) && (statSync(dir).mode & 0o001) === 0) return false
    if (dir === path.dirname(dir)) return true
  }
}

/** A folder of the same meaning where every user can reach it, for a clone below a private home. */
const outside = (target: string): string =>
  path.join('/var/tmp', `iama-${createHash('sha256').update(path.resolve(target)).digest('hex').slice(0, 16)}`)

/** Where data that is wanted in a folder really stands: there, or outside when the user cannot get there. */
export const dataFolderOf = (wanted: string, user: User | undefined): string =>
  user === undefined || reachable(wanted) ? wanted : outside(wanted)

/** Makes the folder for data; the user owns it. */
export const dataFolder = (wanted: string, user: User | undefined): string => {
  const dir = dataFolderOf(wanted, user)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  if (user !== undefined) {
    const { uid } = statSync(dir)
    if (uid !== 0 && uid !== user.uid)
      throw new Error(`${dir} belongs to somebody else: remove it or set IAMA_POSTGRES_URL`)
    chownSync(dir, user.uid, user.gid)
    chmodSync(dir, 0o700)
  }
  return dir
}

/** The folder of PostgreSQL's programs, copied once to where the user can run them when the way to it is closed. */
export const programFolder = (programs: string, user: User | undefined): string => {
  if (user === undefined || reachable(path.join(programs, 'bin/postgres'))) return programs
  const { size, mtimeMs } = statSync(path.join(programs, 'bin/postgres'))
  const target = outside(`${programs}:${size}:${mtimeMs}`)
  if (existsSync(target)) {
    if (statSync(target).uid !== 0)
      throw new Error(`${target} belongs to somebody else: remove it or set IAMA_POSTGRES_URL`)
    return target
  }
  const scratch = `${target}.${process.pid}`
  cpSync(programs, scratch, { recursive: true, verbatimSymlinks: true })
  chmodSync(scratch, 0o755)
  try {
    renameSync(scratch, target)
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true })
    if (!existsSync(target)) throw error
  }
  return target
}
