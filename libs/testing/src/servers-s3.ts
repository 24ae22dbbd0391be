import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { cachedProgram } from './servers-cache.ts'
import { freePort, startOwned } from './servers-process.ts'
import { eventually } from './servers-wait.ts'

export interface S3Credentials {
  readonly accessKey: string
  readonly secretKey: string
}

/** A real S3 server of a test's own: versitygw over a folder. */
export interface S3Server {
  readonly url: string
  /** May do everything. */
  readonly root: S3Credentials
  /** May sign in and do nothing. */
  readonly stranger: S3Credentials
  /** From now on it takes connections and answers nothing, until `goOn`. */
  pause(): void
  goOn(): void
  stop(): Promise<void>
}

/** Starts a private server with an empty store. */
export const startS3Server = async (): Promise<S3Server> => {
  const program = cachedProgram('versitygw', 'IAMA_TEST_S3_BIN', 'jobs')
  const folder = mkdtempSync(path.join(tmpdir(), 'iama-s3-'))
  const [data, metadata, accounts] = ['data', 'metadata', 'accounts'].map((name) => path.join(folder, name))
  for (const one of [data!, metadata!, accounts!]) mkdirSync(one)
  const [root, stranger] = [credentials('root'), credentials('stranger')]
  const account = { access: stranger.accessKey, secret: stranger.secretKey, role: 'user' }
  writeFileSync(path.join(accounts!, 'users.json'), JSON.stringify({ accessAccounts: { stranger: account } }))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = startOwned(
    program,
    // Metadata lies beside the objects: not every filesystem of a test machine has extended attributes.
    [
      ...['--port', `127.0.0.1:${port}`, '--iam-dir', accounts!, '--health', '/health', '--quiet'],
      ...['posix', '--sidecar', metadata!, data!],
    ],
    { env: { ROOT_ACCESS_KEY: root.accessKey, ROOT_SECRET_KEY: root.secretKey } },
  )
  const answers = async (): Promise<boolean> =>
    await fetch(`${url}/health`, { signal: AbortSignal.timeout(1_000) }).then(
      ({ ok }) => ok,
      () => false,
    )
  await eventually('the S3 server answers', answers).catch((error: Error) => {
    throw new Error(`${error.message}\n${server.output()}`)
  })
  return {
    url,
    root,
    stranger,
    pause: () => process.kill(server.pid, 'SIGSTOP'),
    goOn: () => process.kill(server.pid, 'SIGCONT'),
    stop: async () => {
      await server.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const credentials = (accessKey: string): S3Credentials => ({ accessKey, secretKey: randomBytes(16).toString('hex') })
