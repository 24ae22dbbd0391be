import { parsePatch, type Patch } from '@iama/patch'
import { readArtifact, readTree, type ArtifactClient } from '@iama/snapshot'
import type {
  Assignment,
  Briefing,
  BriefingDesk,
  BriefView,
  ChatMessage,
  OpenDesk,
  Reading,
} from '../application/ports.ts'
import type { Subject } from './briefing-subject.ts'
import type { EngineProcesses } from './engine-processes.ts'
import { mendingMessages } from './mending.ts'
import { readAnswer } from './read-answer.ts'

/** Briefs models and reads their answers in processes of its own. */
export class ProcessDesk implements BriefingDesk {
  readonly #artifacts: ArtifactClient
  readonly #processes: EngineProcesses

  constructor(artifacts: ArtifactClient, processes: EngineProcesses) {
    this.#artifacts = artifacts
    this.#processes = processes
  }

  async open(assignment: Assignment, signal: AbortSignal): Promise<OpenDesk> {
    const { tenantId, manifest, repair } = assignment
    const patch = async (address: string | undefined): Promise<Patch | undefined> =>
      address ? parsePatch(JSON.parse((await this.#text(tenantId, address, signal)).toString())) : undefined
    const [tree, failedPatch, greenPart] = await Promise.all([
      readTree(this.#artifacts, tenantId, manifest, signal),
      patch(repair?.failedPatch),
      patch(repair?.greenPart),
    ])
    return new OpenProcessDesk(this.#processes, { assignment, tree, failedPatch, greenPart })
  }

  #text(tenantId: string, address: string, signal: AbortSignal): Promise<Buffer> {
    return readArtifact(this.#artifacts, tenantId, address, signal)
  }
}

const isPatch = ({ phase }: Assignment): boolean => phase === 'refactor' || phase === 'repair'

class OpenProcessDesk implements OpenDesk {
  readonly #processes: EngineProcesses
  readonly #subject: Subject

  constructor(processes: EngineProcesses, subject: Subject) {
    this.#processes = processes
    this.#subject = subject
  }

  async brief(views: readonly BriefView[], signal: AbortSignal): Promise<readonly Briefing[]> {
    const work = { kind: 'brief', ...this.#subject, views } as const
    return JSON.parse(await this.#processes.run(async () => work, signal)) as Briefing[]
  }

  mend(briefing: Briefing, answer: string, problem: string): readonly ChatMessage[] {
    return mendingMessages(briefing, answer, problem)
  }

  async read({ vault }: Briefing, answer: string, view: BriefView, signal: AbortSignal): Promise<Reading> {
    const work = { kind: 'read', ...this.#subject, view, vault, answer } as const
    // only a patch is looked for in files; everything else is one small object
    if (!isPatch(this.#subject.assignment)) return readAnswer(work)
    return JSON.parse(await this.#processes.run(async () => work, signal)) as Reading
  }
}
