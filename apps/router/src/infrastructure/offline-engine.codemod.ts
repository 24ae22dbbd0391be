import { readLinks, readTree, type ArtifactClient } from '@iama/snapshot'
import type { Assignment, OfflineEngine } from '../application/ports.ts'
import type { Offer } from '../domain/route.ts'
import type { EngineProcesses } from './engine-processes.ts'
import type { OfflineWork } from './offline-work.ts'

/** It serves every class, with any context. */
export const codemodOffer: Offer = {
  engine: 'codemod',
  provider: 'codemod',
  model: 'codemod',
  classes: ['L1', 'L2', 'L3'],
  window: Number.MAX_SAFE_INTEGER,
  outputCap: Number.MAX_SAFE_INTEGER,
  price: { input: 0, cachedInput: 0, output: 0 },
}

/** A manifest's address is the hash of what it lists: nothing else is the same subject. */
const subjectOf = ({ tenantId, manifest }: Assignment): string => `${tenantId} ${manifest}`

/** The offline engine in processes of its own. */
export class CodemodEngine implements OfflineEngine {
  readonly #artifacts: ArtifactClient
  readonly #processes: EngineProcesses

  constructor(artifacts: ArtifactClient, processes: EngineProcesses) {
    this.#artifacts = artifacts
    this.#processes = processes
  }

  async generate(assignment: Assignment, signal: AbortSignal): Promise<string> {
    return await this.#processes.run(() => this.#workOf(assignment, signal), signal, subjectOf(assignment))
  }

  async #workOf(assignment: Assignment, signal: AbortSignal): Promise<OfflineWork> {
    const { tenantId, manifest, phase, goal, target, include, recipes, skip, evidence, proposalId, onlyEdits } =
      assignment
    const [tree, links] = await Promise.all([
      readTree(this.#artifacts, tenantId, manifest, signal),
      readLinks(this.#artifacts, tenantId, manifest, signal),
    ])
    const subject = subjectOf(assignment)
    const asked = { phase, goal, target, include, recipes, skip, evidence, proposalId, onlyEdits }
    return { kind: 'offline', subject, tree, links, ...asked }
  }
}
