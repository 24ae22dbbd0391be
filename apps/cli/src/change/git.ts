import { spawn } from 'node:child_process'

import { usageError } from '../errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Git ended with an error, or could not be run; `said` is what it wrote. */
export class GitFailed extends Error {
  readonly said: string

  constructor(said: string) {
    super(`git: ${said}`)
    this.said = said
  }
}

/** Nothing of a repository's or a user's settings may run a program or change a byte behind our back. */
const settings = ['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'core.sparseCheckout=false']

/** Without the settings of the user and the machine, which may repair white space while a patch is applied. */
export const ownSettings: Environment = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' }

/**
 * Runs git and gives back what it wrote to stdout.
 * @throws GitFailed; CliError (usage) where there is no git
 */
export const git = async (
  args: readonly string[],
  { cwd, env, input = '' }: { readonly cwd: string; readonly env: Environment; readonly input?: string | Uint8Array },
): Promise<Buffer> => {
  const child = spawn('git', [...settings.flatMap((setting) => ['-c', setting]), ...args], {
    cwd,
    env: { ...env, LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const [out, said]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes))
  child.stderr.on('data', (bytes: Buffer) => said.push(bytes))
  child.stdin.on('error', () => undefined) // git ended before it had read everything; its exit code tells why
  child.stdin.end(input)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? usageError('this needs git, which was not found') : error
  })
  if (code !== 0) throw new GitFailed(Buffer.concat(said).toString().trim() || `it ended with ${code}`)
  return Buffer.concat(out)
}
