import { DomainError, type Ids } from '@iama/kernel'
import type { Job } from '../domain/job.ts'
import type { SpecVersion } from '../domain/work.ts'
import type { CommandJob } from './command-job.ts'
import type { ArtifactStore, Documents, LogEntry } from './ports.ts'
import { storeSpec, type ReadSpec, type SpecRead, type SpecText } from './update-spec.ts'
import type { WatchJob } from './watch-job.ts'

/** One turn of the conversation about a spec. */
export interface Turn {
  readonly role: 'user' | 'assistant'
  readonly text: string
  readonly questions: readonly { readonly id: string; readonly text: string; readonly choices: readonly string[] }[]
}

export interface ClarifyInput {
  readonly tenantId: string
  readonly jobId: string
  readonly userId: string
  readonly requestId: string
  readonly text: string
}

export type ClarifyOutput =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'done'; readonly turn: Turn; readonly spec: SpecRead }

/** The spec went another way before the clarifier had answered. */
export class ClarificationDropped extends DomainError {
  readonly code = 'CLARIFICATION_DROPPED'

  constructor() {
    super('the spec was edited, or the job went on, before the clarifier had answered; read the spec and ask again')
  }
}

/** The conversation about a spec: the user's turn is a command, the clarifier's a fact, and both are kept. */
export class Clarify {
  readonly #commandJob: CommandJob
  readonly #watchJob: WatchJob
  readonly #readSpec: ReadSpec
  readonly #artifacts: ArtifactStore
  readonly #ids: Ids

  constructor(commandJob: CommandJob, watchJob: WatchJob, readSpec: ReadSpec, artifacts: ArtifactStore, ids: Ids) {
    this.#commandJob = commandJob
    this.#watchJob = watchJob
    this.#readSpec = readSpec
    this.#artifacts = artifacts
    this.#ids = ids
  }

  /** Takes the user's turn, and follows the job's log until the clarifier's. @throws ClarificationDropped */
  async *execute(input: ClarifyInput, signal: AbortSignal): AsyncGenerator<ClarifyOutput> {
    const { tenantId, jobId, userId, requestId } = input
    const turn = await this.#store(tenantId, { role: 'user', text: input.text, questions: [] })
    const asked = { tenantId, jobId, userId, requestId, request: { type: 'AskClarifier', turn } } as const
    const { job, logSequence } = await this.#commandJob.execute(asked)
    // the same request once more, after its answer
    const last = job.conversation.at(-1)
    if (!job.clarifying && last !== undefined) {
      yield await this.#done(tenantId, jobId, last)
      return
    }
    for await (const entry of this.#watchJob.execute(tenantId, jobId, logSequence, signal)) {
      if (entry?.body.kind === 'progress') yield { kind: 'progress', text: entry.body.progress.text }
      const answer = entry && answerIn(entry)
      if (answer === undefined) continue
      yield await this.#done(tenantId, jobId, answer)
      return
    }
    if (!signal.aborted) throw new ClarificationDropped()
  }

  async #done(tenantId: string, jobId: string, answer: string): Promise<ClarifyOutput> {
    const [turn, spec] = await Promise.all([this.#turn(tenantId, answer), this.#readSpec.execute(tenantId, jobId)])
    return { kind: 'done', turn, spec }
  }

  /** Every turn, oldest first. */
  async conversation(tenantId: string, { conversation }: Job): Promise<Turn[]> {
    return await Promise.all(conversation.map((turn) => this.#turn(tenantId, turn)))
  }

  /** Keeps the clarifier's turn and the text that it made of the spec; an empty half stays as it is. */
  async answer(
    tenantId: string,
    jobId: string,
    given: { readonly turn: Turn; readonly text: SpecText },
  ): Promise<{ turn: string; draft: Pick<SpecVersion, 'token' | 'content'> | null; documents: Documents }> {
    const turn = await this.#store(tenantId, given.turn)
    const present = await this.#readSpec.execute(tenantId, jobId)
    const text = { bdd: given.text.bdd || present.bdd, sdd: given.text.sdd || present.sdd }
    if (text.bdd === present.bdd && text.sdd === present.sdd) return { turn, draft: null, documents: {} }
    const token = this.#ids.next()
    const content = await storeSpec(this.#artifacts, tenantId, text)
    const version = present.version.revision + 1
    return { turn, draft: { token, content }, documents: { spec: { version, revisionToken: token, ...text } } }
  }

  async #store(tenantId: string, turn: Turn): Promise<string> {
    return await this.#artifacts.put(tenantId, new TextEncoder().encode(JSON.stringify(turn)))
  }

  async #turn(tenantId: string, address: string): Promise<Turn> {
    return JSON.parse(Buffer.from(await this.#artifacts.get(tenantId, address)).toString()) as Turn
  }
}

/** The clarifier's turn, if the entry is it; the conversation is over when anything else happens to the spec. */
const answerIn = ({ body }: LogEntry): string | undefined => {
  if (body.kind !== 'event') return undefined
  if (body.event.type === 'ClarificationGiven') return body.event.turn
  throw new ClarificationDropped()
}
