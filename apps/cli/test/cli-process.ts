import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text as readAll } from 'node:stream/consumers'

import type { ConnectRouter } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'

import { Credentials } from '../src/credentials.ts'

const main = path.join(import.meta.dirname, '../src/main.ts')

/** The real command line in a process of its own, signed in to a gateway of the test's. */
export interface CliProcess {
  readonly iama: (
    args: readonly string[],
    input?: string,
  ) => Promise<{ stdout: string; stderr: string; code: number | null }>
  readonly stop: () => Promise<void>
}

/** @param routes what the gateway says, over real HTTP: one app's tests may not start another app */
export const startCli = async (routes: (router: ConnectRouter) => void): Promise<CliProcess> => {
  const server = createServer(connectNodeAdapter({ routes }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const folder = await mkdtemp(path.join(tmpdir(), 'iama-cli-'))
  const credentials = path.join(folder, 'credentials.json')
  await new Credentials(credentials).save(url, { kind: 'apiKey', apiKey: 'iama_test' })
  const env = { PATH: process.env['PATH'], IAMA_SERVER: url, IAMA_CREDENTIALS: credentials, XDG_STATE_HOME: folder }
  return {
    iama: async (args, input = '') => {
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], { env })
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
      child.stdin.on('error', () => undefined) // it may have ended before it read
      child.stdin.end(input)
      const [stdout, stderr, code] = await Promise.all([readAll(child.stdout), readAll(child.stderr), ended])
      return { stdout, stderr, code }
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}
