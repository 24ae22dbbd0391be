import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import path from 'node:path'
import { StepFailed } from './bootstrap/progress.mjs'
import { ensureBuilt } from './build-all.ts'
import { ensureGenerated } from './generate.ts'
import { stackDir } from './stack/command.ts'
import { runningStack } from './stack/info.ts'
import { credentialsFile } from './stack/credentials-file.ts'
import { nodeBinary, root } from './workspace.ts'

/** The client's exit codes are its own; one that was ended by a signal has the shell's. */
const exitCode = (code: number | null, signal: NodeJS.Signals | null): number =>
  code ?? 128 + (signal === null ? 0 : constants.signals[signal])

/** Runs the command line client against the system that is up, in the folder in which the user typed the command. */
export const run = async (args: readonly string[]): Promise<number> => {
  await ensureGenerated()
  await ensureBuilt()
  const main = path.join(root, 'apps/cli/dist/main.js')
  if (!existsSync(main)) throw new StepFailed('apps/cli has no program', { hint: 'npm run build' })
  const gatewayUrl = runningStack(stackDir)?.gatewayUrl
  const local = gatewayUrl && { IAMA_SERVER: gatewayUrl, IAMA_CREDENTIALS: credentialsFile(stackDir) }
  const child = spawn(nodeBinary, [main, ...args], {
    cwd: process.env['INIT_CWD'] ?? process.cwd(),
    // What the user chose to talk to wins over the local stack.
    env: { ...local, ...process.env },
    stdio: 'inherit',
  })
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(exitCode(code, signal)))
  })
}
