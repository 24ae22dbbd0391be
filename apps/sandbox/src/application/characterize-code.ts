import type { TestsSummary, Work } from './findings.ts'
import type { FindSession } from './find-session.ts'
import { listening, type Step } from './listening.ts'
import type { Artifacts, Gates, SessionRef } from './ports.ts'

export interface CharacterizeDone {
  readonly tests: TestsSummary
  /** The address of the recorded sessions. */
  readonly sessionsArtifact: string
  /** The address of readable tests, a JSON object of path to text. */
  readonly testsArtifact: string
}

/** Pins today's behaviour: records sessions while the project's own tests run, and keeps those that are stable. */
export class CharacterizeCode {
  readonly #find: FindSession
  readonly #gates: Gates
  readonly #artifacts: Artifacts

  constructor(find: FindSession, gates: Gates, artifacts: Artifacts) {
    this.#find = find
    this.#gates = gates
    this.#artifacts = artifacts
  }

  execute(
    ref: SessionRef,
    work: Work,
    files: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<Step<CharacterizeDone>, void, undefined> {
    return listening(signal, async (listener) => {
      await this.#find.ready(ref)
      const { tests, sessions, written } = await this.#gates.characterize(ref.sessionId, work, files, listener)
      return {
        tests,
        sessionsArtifact: await this.#artifacts.put(ref, sessions, 'application/json'),
        testsArtifact: await this.#artifacts.put(ref, written, 'application/json'),
      }
    })
  }
}
