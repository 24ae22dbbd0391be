import { readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { programIn } from './servers-process.ts'

/**
 * A server program on PATH, else from the cache that all clones share.
 * @param variable of the environment that names another one
 * @param project whose tests get it when it is not there
 * @throws Error that says how to get it
 */
export const cachedProgram = (name: string, variable: string, project: string): string => {
  // eslint-disable-next-line no-restricted-syntax -- where programs are is told by the environment alone
  const { [variable]: chosen, PATH = '', XDG_CACHE_HOME } = process.env
  if (chosen) return chosen
  const onPath = programIn(name, PATH.split(path.delimiter))
  if (onPath) return onPath
  const cache = path.join(XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'iama/bin')
  const cached = programIn(versionsIn(cache, name).at(-1) ?? '', [cache])
  if (cached) return cached
  throw new Error(`this test needs ${name}: type \`npm test -- ${project}\` once, which gets it`)
}

const versionsIn = (folder: string, name: string): string[] => {
  try {
    return readdirSync(folder)
      .filter((file) => file.startsWith(`${name}-`) && /^[\d.]+$/.test(file.slice(name.length + 1)))
      .sort()
  } catch {
    return []
  }
}
