import { text as readAll } from 'node:stream/consumers'

import type { Cli } from './cli.ts'
import { usageError } from './errors.ts'

/**
 * A secret from a hidden prompt, or from stdin where nobody can be asked; never from an argument, which others see in
 * the list of processes and the shell keeps.
 * @param what as a person calls it, for example `password`
 * @throws CliError (usage) when none is given
 */
export const readSecret = async (cli: Cli, stdin: NodeJS.ReadableStream, what: string): Promise<string> => {
  const secret = cli.prompts ? await cli.prompts.secret(what) : (await readAll(stdin)).replace(/\r?\n$/, '')
  if (!secret) throw usageError(`no ${what} was given`, `Pipe the ${what} into stdin, or run this on a terminal.`)
  return secret
}
