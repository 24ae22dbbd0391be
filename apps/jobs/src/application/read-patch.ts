import { ArtifactNotFound } from './artifact-not-found.ts'
import type { ArtifactStore, Json, StoredJob } from './ports.ts'
import type { ReadJob } from './read-job.ts'

export type ArtifactName = 'analysis' | 'sessions' | 'diff' | 'tests' | 'baseline' | 'briefing'

/** Reads what a job has produced: its patch with evidence, its verdict, its reports. */
export class ReadPatch {
  readonly #readJob: ReadJob
  readonly #artifacts: ArtifactStore

  constructor(readJob: ReadJob, artifacts: ArtifactStore) {
    this.#readJob = readJob
    this.#artifacts = artifacts
  }

  /** The delivered patch, or else the last that was tried, and the documents of the edits that are not in it. */
  async execute(tenantId: string, jobId: string): Promise<{ patchJson: string; diff: string; dropped: Json }> {
    const stored = await this.#readJob.execute(tenantId, jobId)
    const patch = stored.job.delivery?.patch.artifact ?? stored.job.candidate?.patch.artifact
    if (!patch) throw new ArtifactNotFound('patch')
    const diff = addressIn(stored, 'diffArtifact')
    return {
      patchJson: await this.#text(tenantId, patch),
      diff: diff ? await this.#text(tenantId, diff) : '',
      dropped: droppedIn(stored.documents[stored.job.delivery ? 'delivery' : 'attempt']),
    }
  }

  async verdict(tenantId: string, jobId: string): Promise<string> {
    const { job } = await this.#readJob.execute(tenantId, jobId)
    const verdict = job.delivery?.verdict.artifact ?? job.candidate?.verdict?.artifact
    if (!verdict) throw new ArtifactNotFound('verdict')
    return await this.#text(tenantId, verdict)
  }

  async artifact(tenantId: string, jobId: string, name: ArtifactName): Promise<Uint8Array> {
    const stored = await this.#readJob.execute(tenantId, jobId)
    const address = addressIn(stored, `${name}Artifact`)
    if (!address) throw new ArtifactNotFound(name)
    return await this.#artifacts.get(tenantId, address)
  }

  async #text(tenantId: string, address: string): Promise<string> {
    return Buffer.from(await this.#artifacts.get(tenantId, address)).toString()
  }
}

const droppedIn = (document: Json | undefined): Json =>
  (document as { readonly dropped?: Json } | null | undefined)?.dropped ?? []

const addressIn = (stored: StoredJob, document: string): string | undefined => {
  const address: Json | undefined = stored.documents[document]
  return typeof address === 'string' && address !== '' ? address : undefined
}
