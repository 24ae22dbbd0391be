import { readTree, type ArtifactClient } from '@iama/snapshot'
import type { Assignment, Part, Provider } from '../application/ports.ts'
import type { Route } from '../domain/route.ts'
import { runChild, type ChildLimits } from './child.ts'
import type { CodemodJob } from './codemod-work.ts'
import { SpareChild } from './spare-child.ts'
import { Turns } from './turns.ts'

export interface EngineLimits extends ChildLimits {
  /** Children at once; more wait. */
  readonly atOnce: number
}

const CHUNK = 64 * 1024
/** Of those that wait no snapshot is in memory yet, but each holds a stream open. */
const MOST_WAITING = 64

/** The offline engine: no network, no tokens, the same answer each time. Each call is one limited child process. */
export class CodemodProvider implements Provider {
  readonly name = 'codemod'
  readonly model = 'codemod'
  readonly classes = ['L1', 'L2', 'L3'] as const
  readonly #artifacts: ArtifactClient
  readonly #limits: EngineLimits
  readonly #turns: Turns
  readonly #children: SpareChild

  constructor(artifacts: ArtifactClient, limits: EngineLimits) {
    this.#artifacts = artifacts
    this.#limits = limits
    this.#turns = new Turns(limits.atOnce, MOST_WAITING)
    this.#children = new SpareChild(limits)
  }

  async *generate(assignment: Assignment, _route: Route, signal: AbortSignal): AsyncGenerator<Part> {
    yield { kind: 'progress', text: 'the engine reads the snapshot' }
    const text = await this.#turns.run(async () => {
      const job = await this.#jobOf(assignment, signal)
      return await runChild(() => this.#children.take(), job, this.#limits, signal)
    }, signal)
    // a job asks several times in a row, and then for a while not at all
    this.#children.prepare()
    for (let at = 0; at < text.length; at += CHUNK) yield { kind: 'text', text: text.slice(at, at + CHUNK) }
    yield { kind: 'usage', inputTokens: 0, outputTokens: 0, costMicros: 0 }
  }

  close(): void {
    this.#children.close()
  }

  async #jobOf(assignment: Assignment, signal: AbortSignal): Promise<CodemodJob> {
    const { tenantId, manifest, phase, goal, target, include, recipes, skip, proposalId, onlyEdits } = assignment
    const tree = await readTree(this.#artifacts, tenantId, manifest, signal)
    return { tree, phase, goal, target, include, recipes, skip, proposalId, onlyEdits }
  }
}
