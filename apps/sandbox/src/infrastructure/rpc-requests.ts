import type { SessionRef as WireRef, UploadRequest, Work as WireWork } from '@iama/contracts/iama/sandbox/v1/service'
import { InvalidRequest, isUuid, type FieldViolation } from '@iama/kernel'
import type { CallContext } from '@iama/rpc'
import { tenantOf } from '@iama/security'
import type { Work } from '../application/findings.ts'
import type { SessionRef, UploadEntry } from '../application/ports.ts'
import { UploadRefused } from '../domain/errors.ts'
import { parseTreePath } from '../domain/paths.ts'

/** Collects what is wrong with a request, so that the caller hears of everything at once. */
export class RequestCheck {
  readonly #violations: FieldViolation[] = []

  uuid(field: string, value: string): this {
    if (!isUuid(value)) this.refuse(field, 'is not a UUID', 'send the id as it was given to you')
    return this
  }

  text(field: string, value: string, longest: number): this {
    if (value === '') this.refuse(field, 'is empty', 'send a text')
    else if (value.length > longest) this.refuse(field, `has more than ${longest} characters`, 'send a shorter text')
    return this
  }

  atMost(field: string, values: readonly unknown[], limit: number): this {
    if (values.length > limit) this.refuse(field, `has more than ${limit} entries`, 'send fewer')
    return this
  }

  refuse(field: string, reason: string, fix: string): this {
    this.#violations.push({ field, reason, fix })
    return this
  }

  /** @throws InvalidRequest when anything was refused */
  done(): void {
    if (this.#violations.length > 0) throw new InvalidRequest(this.#violations)
  }
}

/** @throws InvalidRequest */
export const toSessionRef = (context: CallContext, session: WireRef | undefined): SessionRef => {
  if (!session) {
    throw new InvalidRequest([{ field: 'session', reason: 'is missing', fix: 'send the session that Provision gave' }])
  }
  new RequestCheck().uuid('session.job_id', session.jobId).uuid('session.session_id', session.sessionId).done()
  const tenantId = tenantOf(context.principal, session.tenantId)
  return { tenantId, jobId: session.jobId, sessionId: session.sessionId }
}

const MOST_GLOBS = 100
const LONGEST_COMMAND = 1_000

/** @throws InvalidRequest */
export const toWork = (work: WireWork | undefined): Work => {
  const { include = [], testCommand = '' } = work ?? {}
  const check = new RequestCheck().atMost('work.include', include, MOST_GLOBS)
  if (testCommand !== '') check.text('work.test_command', testCommand, LONGEST_COMMAND)
  check.done()
  return { include, testCommand }
}

/** @throws InvalidRequest unless every path could be one of a tree */
export const checkPaths = (field: string, paths: readonly string[]): void => {
  const check = new RequestCheck().atMost(field, paths, 50_000)
  paths.forEach((path, index) => {
    try {
      parseTreePath(path)
    } catch (error) {
      if (!(error instanceof UploadRefused)) throw error
      check.refuse(`${field}[${index}]`, error.metadata['reason'] ?? error.message, 'send a path of the tree')
    }
  })
  check.done()
}

/** The files of an upload: parts are put together, and nothing larger than `fileBytes` is collected. */
export async function* toUploadEntries(
  requests: AsyncIterable<UploadRequest>,
  fileBytes: number,
): AsyncGenerator<UploadEntry, void, undefined> {
  let open: { path: string; executable: boolean; linkTarget: string; chunks: Uint8Array[]; bytes: number } | undefined
  const close = (): UploadEntry[] => {
    if (!open) return []
    const { path, executable, linkTarget, chunks } = open
    open = undefined
    const name = parseTreePath(path)
    if (linkTarget !== '') return [{ kind: 'symlink', path: name, target: linkTarget }]
    return [{ kind: 'file', path: name, content: Buffer.concat(chunks), executable }]
  }
  for await (const { part } of requests) {
    if (part.case !== 'file') throw outOfOrder('part', 'is not a file', 'send the session once, then files')
    const { path, executable, linkTarget, chunk, more } = part.value
    if (more && open?.path !== path) throw outOfOrder('file.more', 'continues no file', 'send the parts in order')
    if (!more) {
      yield* close()
      open = { path, executable, linkTarget, chunks: [], bytes: 0 }
    }
    open!.chunks.push(chunk)
    open!.bytes += chunk.length
    if (open!.bytes > fileBytes) {
      throw new UploadRefused(path, `is larger than the limit of ${fileBytes} bytes a file`, 'leave the file out')
    }
  }
  yield* close()
}

const outOfOrder = (field: string, reason: string, fix: string): InvalidRequest =>
  new InvalidRequest([{ field, reason, fix }])
