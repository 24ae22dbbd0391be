import type { TestsSummary } from './findings.ts'
import type { FindSession } from './find-session.ts'
import { listening, type Step } from './listening.ts'
import type { Artifacts, Characterized, CharacterizeOrder, Gates, SessionRef } from './ports.ts'

export interface CharacterizeDone {
  readonly tests: TestsSummary
  /** The address of the recorded sessions. */
  readonly sessionsArtifact: string
  /** The address of readable tests, a JSON object of path to text. */
  readonly testsArtifact: string
  /** Small faults that no session sees, a sentence each; empty unless asked for. */
  readonly weakPlaces: readonly string[]
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
    order: CharacterizeOrder,
    signal: AbortSignal,
  ): AsyncGenerator<Step<CharacterizeDone>, void, undefined> {
    return listening(signal, async (listener) => {
      await this.#find.ready(ref)
      return await keepPinned(this.#artifacts, ref, await this.#gates.characterize(ref.sessionId, order, listener))
    })
  }
}

/** Stores what is pinned. */
export const keepPinned = async (
  artifacts: Artifacts,
  ref: SessionRef,
  { tests, sessions, written, weakPlaces }: Characterized,
): Promise<CharacterizeDone> => ({
  tests,
  sessionsArtifact: await artifacts.put(ref, sessions, 'application/json'),
  testsArtifact: await artifacts.put(ref, written, 'application/json'),
  weakPlaces,
})
