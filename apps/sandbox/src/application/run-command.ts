import { parseTreeName } from '../domain/paths.ts'
import type { FindSession } from './find-session.ts'
import type { ExecEvent, SandboxRuntime, SessionRef } from './ports.ts'

export interface RunCommandInput {
  readonly ref: SessionRef
  readonly tree: string
  readonly argv: readonly string[]
  readonly timeoutMs: number
}

/** Runs one command in a tree, without a network and under the session's limits. */
export class RunCommand {
  readonly #find: FindSession
  readonly #runtime: SandboxRuntime

  constructor(find: FindSession, runtime: SandboxRuntime) {
    this.#find = find
    this.#runtime = runtime
  }

  async *execute(input: RunCommandInput, signal: AbortSignal): AsyncGenerator<ExecEvent, void, undefined> {
    await this.#find.ready(input.ref)
    const spec = { tree: parseTreeName(input.tree), argv: input.argv, limits: { wallClockMs: input.timeoutMs } }
    yield* this.#runtime.exec(input.ref.sessionId, spec, signal)
  }
}
