import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import type { Settings } from './config.ts'
import { CliError, toCliError, usageError } from './errors.ts'
import { writePrivateFile } from './private-file.ts'

const NOT_RUNNABLE = ['ENOENT', 'EACCES']

/** The words of a command such as `code --wait` or `"/opt/my editor/bin/ed" -n`; no shell reads them. */
export const wordsOf = (command: string): string[] =>
  [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => double ?? single ?? bare ?? '')

const opened = async (command: string, file: string, environment: Settings['childEnvironment']): Promise<void> => {
  const [program = '', ...args] = wordsOf(command)
  // what it draws goes to stderr: stdout holds data and may be piped
  const child = spawn(program, [...args, file], { stdio: ['inherit', 2, 2], env: { ...environment } })
  const ended = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 1))
  }).catch((error: NodeJS.ErrnoException) => {
    if (!NOT_RUNNABLE.includes(error.code ?? '')) throw error
    throw usageError(
      `the editor ${JSON.stringify(program)} cannot be run`,
      'Set VISUAL or EDITOR to one that is there.',
    )
  })
  if (ended !== 0) throw usageError(`the editor ended with ${ended}; nothing was sent`)
}

/** An error with the place of a text that would be lost otherwise. */
export const keptIn = (file: string, error: unknown): CliError => {
  const { exitCode, reason, message, hints } = toCliError(error)
  return new CliError(exitCode, reason, message, [`Your text is kept in ${file}`, ...hints])
}

/** A text on its way through an editor, in a folder that only its owner can read. */
export interface Edited {
  readonly file: string
  /** The text as it stands in the file. */
  text(): Promise<string>
  /** Opens the editor again. */
  again(): Promise<void>
  /** Removes the file. */
  drop(): Promise<void>
}

/**
 * Opens a text in the user's editor and waits until it is closed.
 * @throws CliError (usage) when there is no editor, or when it fails
 */
export const editText = async (
  { editor, childEnvironment }: Pick<Settings, 'editor' | 'childEnvironment'>,
  name: string,
  text: string,
): Promise<Edited> => {
  if (editor === undefined) {
    throw usageError('no editor is known', 'Set VISUAL or EDITOR, or give files with --bdd and --sdd.')
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'iama-edit-'))
  const file = path.join(folder, name)
  const drop = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    await writePrivateFile(file, text)
    await opened(editor, file, childEnvironment)
  } catch (error) {
    if ((await readFile(file, 'utf8').catch(() => text)) !== text) throw keptIn(file, error)
    // a text that nobody has changed is no loss
    await drop()
    throw error
  }
  return { file, drop, text: () => readFile(file, 'utf8'), again: () => opened(editor, file, childEnvironment) }
}
