import { parseTreeName } from '../domain/paths.ts'
import type { FindSession } from './find-session.ts'
import type { SandboxRuntime, SessionRef, UploadEntry, UploadSummary } from './ports.ts'

/** The code as submitted; every other tree is made from it. */
export const BASE = parseTreeName('base')
/** The base with the patch that is being verified. */
export const PATCHED = parseTreeName('patched')

/** Fills the base tree. A repeated upload begins anew, so that nothing of a broken one is left. */
export class UploadFiles {
  readonly #find: FindSession
  readonly #runtime: SandboxRuntime

  constructor(find: FindSession, runtime: SandboxRuntime) {
    this.#find = find
    this.#runtime = runtime
  }

  /** @throws UploadRefused for what leaves the tree, collides, or goes beyond the limits */
  async execute(ref: SessionRef, entries: AsyncIterable<UploadEntry>): Promise<UploadSummary> {
    await this.#find.ready(ref)
    await this.#runtime.removeTree(ref.sessionId, BASE)
    return await this.#runtime.upload(ref.sessionId, BASE, entries)
  }
}
