import { InvalidRequest, type Ids } from '@iama/kernel'
import { currentSpec } from '../domain/job.ts'
import type { SpecVersion } from '../domain/work.ts'
import { ArtifactNotFound } from './artifact-not-found.ts'
import type { CommandJob } from './command-job.ts'
import type { ArtifactStore, SpecProblem } from './ports.ts'
import type { ReadJob } from './read-job.ts'

/** The two halves of a spec. */
export interface SpecText {
  /** Gherkin. */
  readonly bdd: string
  /** Markdown. */
  readonly sdd: string
}

export interface SpecRead extends SpecText {
  readonly version: SpecVersion
  readonly approved: boolean
}

/** Reads the latest version of a job's spec. */
export class ReadSpec {
  readonly #readJob: ReadJob
  readonly #artifacts: ArtifactStore

  constructor(readJob: ReadJob, artifacts: ArtifactStore) {
    this.#readJob = readJob
    this.#artifacts = artifacts
  }

  async execute(tenantId: string, jobId: string): Promise<SpecRead> {
    const { job } = await this.#readJob.execute(tenantId, jobId)
    const version = currentSpec(job)
    if (!version) throw new ArtifactNotFound('spec')
    return { ...(await this.text(tenantId, version)), version, approved: job.approvedRevision === version.revision }
  }

  async text(tenantId: string, version: SpecVersion): Promise<SpecText> {
    return JSON.parse(Buffer.from(await this.#artifacts.get(tenantId, version.content)).toString()) as SpecText
  }
}

/** Stores the text of a spec. @returns its address */
export const storeSpec = async (artifacts: ArtifactStore, tenantId: string, text: SpecText): Promise<string> =>
  await artifacts.put(tenantId, new TextEncoder().encode(JSON.stringify({ bdd: text.bdd, sdd: text.sdd })))

export interface UpdateSpecInput {
  readonly tenantId: string
  readonly jobId: string
  readonly userId: string
  readonly requestId: string
  readonly token: string
  /** An empty half stays as it is. */
  readonly text: SpecText
}

/** Makes a new version of the spec from the one whose token was read. */
export class UpdateSpec {
  readonly #commandJob: CommandJob
  readonly #readSpec: ReadSpec
  readonly #artifacts: ArtifactStore
  readonly #specProblem: SpecProblem
  readonly #ids: Ids

  constructor(parts: {
    commandJob: CommandJob
    readSpec: ReadSpec
    artifacts: ArtifactStore
    specProblem: SpecProblem
    ids: Ids
  }) {
    this.#commandJob = parts.commandJob
    this.#readSpec = parts.readSpec
    this.#artifacts = parts.artifacts
    this.#specProblem = parts.specProblem
    this.#ids = parts.ids
  }

  /** @throws InvalidRequest when the scenarios cannot be read as such, and what CommandJob throws */
  async execute(input: UpdateSpecInput): Promise<SpecRead> {
    this.#expectScenarios(input.text.bdd)
    const present = await this.#readSpec.execute(input.tenantId, input.jobId)
    const text = { bdd: input.text.bdd || present.bdd, sdd: input.text.sdd || present.sdd }
    const content = await storeSpec(this.#artifacts, input.tenantId, text)
    const nextToken = this.#ids.next()
    await this.#commandJob.execute({
      tenantId: input.tenantId,
      jobId: input.jobId,
      userId: input.userId,
      requestId: input.requestId,
      request: { type: 'UpdateSpec', token: input.token, nextToken, content },
      documents: { spec: { version: present.version.revision + 1, revisionToken: nextToken, ...text } },
    })
    return await this.#readSpec.execute(input.tenantId, input.jobId)
  }

  #expectScenarios(bdd: string): void {
    const problem = bdd === '' ? undefined : this.#specProblem(bdd)
    if (problem === undefined) return
    const fix = 'send a feature with at least one scenario, in Gherkin'
    throw new InvalidRequest([{ field: 'bdd', reason: `cannot be read: ${problem}`, fix }])
  }
}
