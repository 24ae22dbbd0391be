import { homedir } from 'node:os'
import path from 'node:path'

import { usageError } from './errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What the environment and the global flags say; the only reader of the environment. */
export interface Settings {
  /** The gateway's address from --server or IAMA_SERVER; undefined means the one of the last login. */
  readonly server: string | undefined
  /** Holds tokens: mode 0600. */
  readonly credentialsFile: string
  /** What the client remembers of its jobs; nothing of it is in the user's tree. */
  readonly stateDir: string
  readonly color: 'auto' | 'always' | 'never'
  /** Events and results as JSON lines on stdout. */
  readonly json: boolean
  readonly debug: boolean
  /** The user's editor with its arguments, from VISUAL or EDITOR; undefined when neither is set. */
  readonly editor: string | undefined
  /** For programs that the client runs: without the variables of a git hook, which would send git elsewhere. */
  readonly childEnvironment: Environment
}

export interface GlobalFlags {
  readonly server?: string
  readonly color?: string
  readonly json?: boolean
}

/** A base directory of the XDG specification, which ignores relative ones. */
const baseDir = (value: string | undefined, usual: string): string =>
  value !== undefined && path.isAbsolute(value) ? value : path.join(homedir(), usual)

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** An address in its one spelling. Tokens go over plain HTTP to this machine only. */
export const parseServer = (text: string): string => {
  if (!URL.canParse(text)) throw usageError(`${JSON.stringify(text)} is no address`, 'Write for example https://host.')
  const url = new URL(text)
  const isLocal = url.protocol === 'http:' && (loopback.has(url.hostname) || url.hostname.endsWith('.localhost'))
  if (url.protocol !== 'https:' && !isLocal) {
    throw usageError(`${text}: tokens are sent over https, or over http to this machine only`)
  }
  if (url.username || url.password) throw usageError('the server address must not hold a password', 'Use `iama login`.')
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

const colorOf = (flag: string | undefined, environment: Environment): Settings['color'] => {
  if (flag === 'always' || flag === 'never') return flag
  if (flag !== undefined && flag !== 'auto') throw usageError('--color is auto, always or never')
  return environment['NO_COLOR'] ? 'never' : 'auto'
}

/** @throws CliError (usage) */
export const readSettings = (flags: GlobalFlags, environment: Environment = process.env): Settings => {
  const server = flags.server ?? (environment['IAMA_SERVER'] || undefined)
  const configDir = path.join(baseDir(environment['XDG_CONFIG_HOME'], '.config'), 'iama')
  return {
    server: server === undefined ? undefined : parseServer(server),
    credentialsFile: environment['IAMA_CREDENTIALS'] || path.join(configDir, 'credentials.json'),
    stateDir: path.join(baseDir(environment['XDG_STATE_HOME'], '.local/state'), 'iama'),
    color: colorOf(flags.color, environment),
    json: flags.json ?? false,
    debug: Boolean(environment['IAMA_DEBUG']),
    editor: environment['VISUAL'] || environment['EDITOR'] || undefined,
    childEnvironment: Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('GIT_'))),
  }
}
