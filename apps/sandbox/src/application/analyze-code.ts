import type { AnalysisSummary, BaselineSummary, Work } from './findings.ts'
import type { FindSession } from './find-session.ts'
import { listening, type Step } from './listening.ts'
import type { Artifacts, Gates, SessionRef } from './ports.ts'

export interface AnalyzeDone {
  readonly analysis: AnalysisSummary
  readonly baseline: BaselineSummary
  /** The address of the whole analysis. */
  readonly analysisArtifact: string
}

/** Analyses the base tree and runs its tests once, before anything is paid for. */
export class AnalyzeCode {
  readonly #find: FindSession
  readonly #gates: Gates
  readonly #artifacts: Artifacts

  constructor(find: FindSession, gates: Gates, artifacts: Artifacts) {
    this.#find = find
    this.#gates = gates
    this.#artifacts = artifacts
  }

  execute(ref: SessionRef, work: Work, signal: AbortSignal): AsyncGenerator<Step<AnalyzeDone>, void, undefined> {
    return listening(signal, async (listener) => {
      await this.#find.ready(ref)
      const { analysis, baseline, document } = await this.#gates.analyze(ref.sessionId, work, listener)
      return { analysis, baseline, analysisArtifact: await this.#artifacts.put(ref, document, 'application/json') }
    })
  }
}
