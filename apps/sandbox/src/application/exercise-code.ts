import { keepPinned, type CharacterizeDone } from './characterize-code.ts'
import type { Work } from './findings.ts'
import type { FindSession } from './find-session.ts'
import { listening, type Step } from './listening.ts'
import type { Artifacts, Gates, SessionRef } from './ports.ts'

export interface ExerciseInput {
  readonly work: Work
  readonly files: readonly string[]
  /** The address of what was pinned so far. */
  readonly sessionsArtifact: string
  /** The address of the exercises. */
  readonly exercisesArtifact: string
}

/** Adds to what was pinned what exercises show where no session looked. */
export class ExerciseCode {
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
    { work, files, sessionsArtifact, exercisesArtifact }: ExerciseInput,
    signal: AbortSignal,
  ): AsyncGenerator<Step<CharacterizeDone>, void, undefined> {
    return listening(signal, async (listener) => {
      await this.#find.ready(ref)
      const [sessions, exercises] = await Promise.all(
        [sessionsArtifact, exercisesArtifact].map((address) => this.#artifacts.get(ref.tenantId, address)),
      )
      const order = { work, files, sessions: sessions!, exercises: exercises! }
      return await keepPinned(this.#artifacts, ref, await this.#gates.exercise(ref.sessionId, order, listener))
    })
  }
}
