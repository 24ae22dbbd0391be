import type { BaselineSummary, Work } from './findings.ts'
import type { FindSession } from './find-session.ts'
import { listening, type Step } from './listening.ts'
import type { Artifacts, Gates, SessionRef } from './ports.ts'

export interface RunTestsDone {
  readonly baseline: BaselineSummary
  /** The address of the whole report. */
  readonly baselineArtifact: string
}

/** Runs the project's own tests and the recorded sessions together on the untouched code. */
export class RunTests {
  readonly #find: FindSession
  readonly #gates: Gates
  readonly #artifacts: Artifacts

  constructor(find: FindSession, gates: Gates, artifacts: Artifacts) {
    this.#find = find
    this.#gates = gates
    this.#artifacts = artifacts
  }

  /** @param sessionsArtifact empty when nothing was recorded */
  execute(
    ref: SessionRef,
    work: Work,
    sessionsArtifact: string,
    signal: AbortSignal,
  ): AsyncGenerator<Step<RunTestsDone>, void, undefined> {
    return listening(signal, async (listener) => {
      await this.#find.ready(ref)
      const sessions = sessionsArtifact ? await this.#artifacts.get(ref.tenantId, sessionsArtifact) : undefined
      const { baseline, document } = await this.#gates.runTests(ref.sessionId, work, sessions, listener)
      return { baseline, baselineArtifact: await this.#artifacts.put(ref, document, 'application/json') }
    })
  }
}
