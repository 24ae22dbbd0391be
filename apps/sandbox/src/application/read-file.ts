import { DomainError } from '@iama/kernel'
import { parseTreeName, parseTreePath } from '../domain/paths.ts'
import type { FindSession } from './find-session.ts'
import type { SandboxRuntime, SessionRef } from './ports.ts'

/** There is no regular file at that path. */
export class FileNotFound extends DomainError {
  readonly code = 'FILE_NOT_FOUND'
  override readonly kind = 'not-found'
}

/** Reads one file of a tree; links are not followed. */
export class ReadFile {
  readonly #find: FindSession
  readonly #runtime: SandboxRuntime

  constructor(find: FindSession, runtime: SandboxRuntime) {
    this.#find = find
    this.#runtime = runtime
  }

  /** @throws FileNotFound */
  async execute(ref: SessionRef, tree: string, path: string): Promise<Uint8Array> {
    await this.#find.ready(ref)
    const paths = [parseTreePath(path)]
    for await (const entry of this.#runtime.download(ref.sessionId, parseTreeName(tree), paths)) {
      if (entry.kind === 'file') return entry.content
    }
    throw new FileNotFound('there is no such file in that tree; links are not followed')
  }
}
