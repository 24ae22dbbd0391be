import { toJsonString } from '@bufbuild/protobuf'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { WatchJobResponseSchema, type JobService, type WatchJobResponse } from '@iama/contracts/iama/jobs/v1/service'
import { InvalidRequest } from '@iama/kernel'
import type { Client } from '@iama/rpc'
import { withTraceparent, type Logger } from '@iama/telemetry'
import type { Admission } from './admission.ts'
import { toConnectError } from './errors.ts'
import { problemOf, sendProblem } from './problem.ts'

const SIGN_OF_LIFE_MS = 15_000
/** So long a refusal by the service can still become the response's status; then the stream has begun. */
const FIRST_ANSWER_MS = 1_000
const STREAM_DEADLINE_MS = 24 * 60 * 60_000

const path = /^\/api\/v1\/jobs\/([^/]+)\/events$/

/** The job of a path of events; undefined for other paths. */
export const jobOfPath = (pathname: string): string | undefined => path.exec(pathname)?.[1]

/** The last sequence that the client has: what its browser remembers goes before what its URL said at first. */
const sequenceFrom = (lastEventId: string | undefined, after: string | null): bigint => {
  const [field, value] = lastEventId === undefined ? ['after', after ?? ''] : ['Last-Event-ID', lastEventId]
  if (value === '') return 0n
  if (/^\d{1,18}$/.test(value)) return BigInt(value)
  throw new InvalidRequest([{ field, reason: 'is not a sequence', fix: 'send the id of the last event, or nothing' }])
}

/** A job's log as server-sent events: `GET /api/v1/jobs/:id/events`. */
export class JobEvents {
  readonly #jobs: Client<typeof JobService>
  readonly #admission: Admission
  readonly #logger: Logger
  readonly #stopping: AbortSignal

  constructor(options: {
    readonly jobs: Client<typeof JobService>
    readonly admission: Admission
    readonly logger: Logger
    /** Ends open streams. */
    readonly stopping: AbortSignal
  }) {
    this.#jobs = options.jobs
    this.#admission = options.admission
    this.#logger = options.logger
    this.#stopping = options.stopping
  }

  /** Answers a request to its end; errors become a problem, or an event once the stream has begun. */
  async serve(request: IncomingMessage, response: ServerResponse, jobId: string, peer: string): Promise<void> {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    try {
      const entries = await this.#open(request, jobId, peer, AbortSignal.any([gone.signal, this.#stopping]))
      await new EventWriter(response).write(entries)
    } catch (error) {
      if (gone.signal.aborted) return
      this.#refuse(response, error)
    }
  }

  async #open(request: IncomingMessage, jobId: string, peer: string, signal: AbortSignal): Promise<Entries> {
    const { searchParams } = new URL(request.url ?? '', 'http://gateway')
    const lastEventId = request.headers['last-event-id']?.toString()
    const afterSequence = sequenceFrom(lastEventId, searchParams.get('after'))
    const { authorization, traceparent } = request.headers
    return await withTraceparent(traceparent?.toString(), async () => {
      const { token, reject } = await this.#admission.admit({ audience: 'jobs', open: false, authorization, peer })
      const metadata = { 'x-forwarded-for': peer }
      const entries = this.#jobs.watchJob(
        { jobId, afterSequence },
        { token, signal, metadata, deadlineMs: STREAM_DEADLINE_MS },
      )
      const first = entries.next()
      first.catch(reject)
      await Promise.race([first, new Promise((resolve) => setTimeout(resolve, FIRST_ANSWER_MS).unref())])
      return { first, rest: entries }
    })
  }

  #refuse(response: ServerResponse, error: unknown): void {
    const answer = toConnectError(error, this.#logger)
    const retryAfter = answer.metadata.get('retry-after')
    if (!response.headersSent)
      return sendProblem(response, problemOf(answer), retryAfter === null ? {} : { 'retry-after': retryAfter })
    response.end(`event: error\ndata: ${JSON.stringify(problemOf(answer))}\n\n`)
  }
}

interface Entries {
  readonly first: Promise<IteratorResult<WatchJobResponse, void>>
  readonly rest: AsyncGenerator<WatchJobResponse, void, void>
}

/** Writes entries as they come, no faster than the client reads, with a comment every 15 s. */
class EventWriter {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  async write({ first, rest }: Entries): Promise<void> {
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    this.#response.write(': the log of a job\n\n')
    const alive = setInterval(() => this.#response.write(': alive\n\n'), SIGN_OF_LIFE_MS)
    try {
      const begun = await first
      if (!begun.done) await this.#send(begun.value)
      for await (const entry of rest) await this.#send(entry)
    } finally {
      clearInterval(alive)
    }
    this.#response.end('event: end\ndata: {}\n\n')
  }

  async #send(entry: WatchJobResponse): Promise<void> {
    // a sign of life of the service; ours go out by the clock
    if (entry.sequence === 0n) return
    const taken = this.#response.write(
      `id: ${entry.sequence}\ndata: ${toJsonString(WatchJobResponseSchema, entry)}\n\n`,
    )
    if (!taken) await drained(this.#response)
  }
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.once('drain', done)
    response.once('close', done)
  })
