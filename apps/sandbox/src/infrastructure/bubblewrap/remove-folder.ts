import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const MOST_MS = 120_000

/**
 * Removes a folder with all that is in it; harmless when it is not there. By the system's own `rm`: what a sandbox has
 * written may stand deeper than a path can be long, where Node's gives up and nothing would ever be removed.
 * @throws Error when something is left
 */
export const removeFolder = async (folder: string): Promise<void> => {
  await promisify(execFile)('rm', ['-rf', '--', folder], { cwd: '/', timeout: MOST_MS })
}
