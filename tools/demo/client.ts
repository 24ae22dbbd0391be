import { spawn } from 'node:child_process'
import path from 'node:path'
import { credentialsFile } from '../stack/credentials-file.ts'
import { nodeBinary, root } from '../workspace.ts'

export interface Ran {
  readonly code: number
  /** The job that the client named, when it named one. */
  readonly jobId: string | undefined
}

/** The command line client as a person would run it: what it prints is shown as it comes. */
export class Client {
  readonly #env: NodeJS.ProcessEnv

  constructor(stackDir: string, gatewayUrl: string, stateDir: string) {
    this.#env = {
      ...process.env,
      IAMA_SERVER: gatewayUrl,
      IAMA_CREDENTIALS: credentialsFile(stackDir),
      XDG_STATE_HOME: stateDir,
    }
  }

  run(args: readonly string[]): Promise<Ran> {
    const colour = process.stdout.isTTY && !process.env['NO_COLOR'] ? ['--color', 'always'] : []
    process.stderr.write(`$ iama ${args.join(' ')}\n`)
    const main = path.join(root, 'apps/cli/dist/main.js')
    const child = spawn(nodeBinary, [main, ...colour, ...args], { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] })
    let jobId: string | undefined
    child.stdout.on('data', (bytes: Buffer) => process.stdout.write(bytes))
    child.stderr.on('data', (bytes: Buffer) => {
      jobId ??= /\bjob ([0-9a-f-]{36})/.exec(bytes.toString())?.[1]
      process.stderr.write(bytes)
    })
    return new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => resolve({ code: code ?? 1, jobId }))
    })
  }
}
