#!/usr/bin/env node
import { CommanderError } from 'commander'

import { createCli } from './cli.ts'
import { readSettings } from './config.ts'
import { toCliError } from './errors.ts'
import { ExitCode } from './exit-code.ts'
import { Output } from './output.ts'
import { createProgram, type Run } from './program.ts'
import { terminalPrompts } from './prompts.ts'

const VERSION = '0.1.0'
/** What shells expect of a program that was stopped by Ctrl-C. */
const INTERRUPTED = 130

const stopped = new AbortController()
process.once('SIGINT', () => stopped.abort())
process.once('SIGTERM', () => stopped.abort())
// a reader such as head may close the pipe early, which is no error of ours
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const run: Run = async (flags, command) => {
  const isTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true
  const settings = readSettings(flags)
  const out = new Output(process, settings)
  const prompts = isTerminal && !settings.json ? terminalPrompts : undefined
  const cli = createCli(settings, out, prompts, stopped.signal)
  try {
    process.exitCode = await command(cli)
  } catch (error) {
    out.status('')
    if (stopped.signal.aborted) return
    const { message, hints, reason, exitCode } = toCliError(error)
    out.event({ type: 'error', code: reason, message, hints })
    out.note(`${out.noteStyle.red('iama:')} ${message}`, ...hints.map((hint) => `  ${hint}`))
    if (settings.debug && error instanceof Error) out.note(error.stack ?? '', `trace ${cli.trace.split('-')[1]}`)
    process.exitCode = exitCode
  } finally {
    if (stopped.signal.aborted) {
      out.note('interrupted')
      process.exitCode = INTERRUPTED
    }
  }
}

const program = createProgram({
  version: VERSION,
  stdin: process.stdin,
  toTerminal: process.stdout.isTTY === true,
  run,
})
program.exitOverride()
for (const command of program.commands) {
  command.exitOverride()
  for (const inner of command.commands) inner.exitOverride()
}

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? ExitCode.ok : ExitCode.usage
  else {
    const { message, hints, exitCode } = toCliError(error)
    process.stderr.write([`iama: ${message}`, ...hints.map((hint) => `  ${hint}`), ''].join('\n'))
    process.exitCode = exitCode
  }
}
