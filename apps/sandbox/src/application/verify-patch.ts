import type { Clock } from '@iama/kernel'
import type { AttemptSummary, Measures, Work } from './findings.ts'
import type { FindSession } from './find-session.ts'
import { listening, type Step } from './listening.ts'
import type { Artifacts, Gates, Listener, SessionRef, VerdictSigner } from './ports.ts'

export interface VerifyInput {
  readonly ref: SessionRef
  readonly work: Work
  readonly patchArtifact: string
  readonly baselineArtifact: string
  readonly sessionsArtifact: string
  readonly attempt: number
  readonly scope: readonly string[]
  readonly floorRaised: boolean
  readonly newModules: readonly string[]
  /** Whether a private package may become ES modules. */
  readonly esModules: boolean
  readonly findGreenSubset: boolean
}

export interface VerifyDone {
  readonly attempt: AttemptSummary
  readonly verdictArtifact: string
  /** Empty when the patch is green or no edit survives. */
  readonly greenSubsetArtifact: string
  /** Empty when red. */
  readonly diffArtifact: string
  readonly treeHash: string
  readonly before: Measures
  readonly after: Measures
  readonly files: readonly string[]
}

/** Runs the gates on the patched tree and signs what they say. */
export class VerifyPatch {
  readonly #find: FindSession
  readonly #gates: Gates
  readonly #artifacts: Artifacts
  readonly #signer: VerdictSigner
  readonly #clock: Clock

  constructor(parts: { find: FindSession; gates: Gates; artifacts: Artifacts; signer: VerdictSigner }, clock: Clock) {
    this.#find = parts.find
    this.#gates = parts.gates
    this.#artifacts = parts.artifacts
    this.#signer = parts.signer
    this.#clock = clock
  }

  execute(input: VerifyInput, signal: AbortSignal): AsyncGenerator<Step<VerifyDone>, void, undefined> {
    return listening(signal, (listener) => this.#verify(input, listener))
  }

  async #verify(input: VerifyInput, listener: Listener): Promise<VerifyDone> {
    const { ref } = input
    await this.#find.ready(ref)
    const startedAt = this.#clock.now()
    const [patch, baseline, sessions] = await Promise.all(
      [input.patchArtifact, input.baselineArtifact, input.sessionsArtifact].map((address) =>
        this.#artifacts.get(ref.tenantId, address),
      ),
    )
    const order = { ...input, patch: patch!, baseline: baseline!, sessions: sessions! }
    const verified = await this.#gates.verify(ref.sessionId, order, listener)
    const at = this.#clock.now()
    const verdict = this.#signer.seal(verified.body, { at, milliseconds: at.getTime() - startedAt.getTime() })
    const { attempt, treeHash, before, after, files } = verified
    const keep = async (content: Uint8Array | undefined, mediaType: string) =>
      content ? await this.#artifacts.put(ref, content, mediaType) : ''
    return {
      ...{ attempt, treeHash, before, after, files },
      verdictArtifact: await keep(verdict, 'application/json'),
      greenSubsetArtifact: await keep(verified.greenSubset, 'application/json'),
      diffArtifact: await keep(verified.diff === undefined ? undefined : Buffer.from(verified.diff), 'text/x-diff'),
    }
  }
}
