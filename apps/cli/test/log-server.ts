import { createServer, type Server } from 'node:http'

import type { MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { ErrorInfoSchema } from '@iama/contracts/google/rpc/error_details'
import { AuthService } from '@iama/contracts/iama/auth/v1/service'
import { JobState } from '@iama/contracts/iama/jobs/v1/job'
import { JobService, type WatchJobResponseSchema } from '@iama/contracts/iama/jobs/v1/service'
import { freePort } from '@iama/testing/servers'

export const jobId = '0190aaaa-0000-7000-8000-000000000000'

type Entry = MessageInitShape<typeof WatchJobResponseSchema>

/** A log of so many entries that ends in DELIVERED. */
export const logOf = (length: number): Entry[] =>
  Array.from({ length }, (_, n) => ({
    sequence: BigInt(n + 1),
    state: n + 1 === length ? JobState.DELIVERED : JobState.ANALYZING,
    body: { case: 'progress', value: { phase: 'done', text: `step ${n + 1}`, milliseconds: 1n } },
  }))

/**
 * A Connect server whose connections break on demand, for what happens between a client and a gateway that dies; it
 * knows one job with one log and one user with rotating refresh tokens.
 */
export class LogServer {
  /** Stops a stream after this entry, once: by killing the server, or by silence. */
  trouble: { after: number; kind: 'kill' | 'silence' } | undefined
  opened: bigint[] = []
  calls = 0
  /** How many calls are answered with: later. */
  refusals = 0
  refreshes = 0
  refreshToken = 'r0'
  private readonly log: Entry[]
  private server: Server | undefined
  private port = 0

  constructor(log: Entry[]) {
    this.log = log
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    const server = createServer(connectNodeAdapter({ routes: (router) => this.routes(router) }))
    this.server = server
    // one that no outgoing connection takes while the server is away
    this.port ||= await freePort()
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve))
  }

  async stop(): Promise<void> {
    const { server } = this
    this.server = undefined
    if (!server) return
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }

  /** Dies as under SIGKILL and comes back on the same port. */
  private async restart(): Promise<void> {
    await this.stop()
    await new Promise((resolve) => setTimeout(resolve, 300))
    await this.start()
  }

  private routes(router: Parameters<Parameters<typeof connectNodeAdapter>[0]['routes']>[0]): void {
    const readJob = () => {
      this.calls++
      if (this.refusals-- > 0) {
        const value = { reason: 'RATE_LIMITED', domain: 'iama', metadata: { retry_after_seconds: '1' } }
        throw new ConnectError('too many requests', Code.ResourceExhausted, undefined, [
          { desc: ErrorInfoSchema, value },
        ])
      }
      return { job: { id: jobId, state: JobState.DELIVERED, sequence: BigInt(this.log.length) } }
    }
    router.service(JobService, {
      getJob: readJob,
      watchJob: (request) => this.watch(request.jobId, request.afterSequence),
    })
    router.service(AuthService, {
      refresh: ({ refreshToken }) => {
        this.refreshes++
        if (refreshToken !== this.refreshToken) throw new ConnectError('used before', Code.Unauthenticated)
        this.refreshToken = `r${this.refreshes}`
        const later = timestampFromMs(Date.now() + 900_000)
        const tokens = { accessToken: `a${this.refreshes}`, accessExpiresAt: later, refreshExpiresAt: later }
        return { tokens: { ...tokens, refreshToken: this.refreshToken } }
      },
      getMe: (_request, context) => ({ user: { email: context.requestHeader.get('authorization') ?? '' } }),
    })
  }

  private async *watch(id: string, after: bigint): AsyncGenerator<Entry> {
    this.opened.push(after)
    if (id !== jobId) throw new ConnectError('there is no such job', Code.NotFound)
    for (const entry of this.log.slice(Number(after))) {
      yield entry
      // once in the middle of an answer, so that the client has part of the stream
      await new Promise((resolve) => setTimeout(resolve, 10))
      if (this.trouble?.after !== Number(entry.sequence)) continue
      const { kind } = this.trouble
      this.trouble = undefined
      if (kind === 'kill') void this.restart()
      // never ends by itself: an end would be written to a connection that is gone
      await new Promise(() => undefined)
    }
  }
}
