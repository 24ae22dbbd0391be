import { parsePatch, type Patch, type Tree } from '@iama/patch'
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
import { mendingMessages, type Evidence } from './briefing-work.ts'
import type { EngineProcesses } from './engine-processes.ts'

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

interface Work extends Evidence {
  readonly assignment: Assignment
  readonly tree: Tree
}

class OpenProcessDesk implements OpenDesk {
  readonly #processes: EngineProcesses
  readonly #work: Work

  constructor(processes: EngineProcesses, work: Work) {
    this.#processes = processes
    this.#work = work
  }

  async brief(view: BriefView, signal: AbortSignal): Promise<Briefing> {
    const work = { kind: 'brief', ...this.#work, view } as const
    return JSON.parse(await this.#processes.run(async () => work, signal)) as Briefing
  }

  mend(briefing: Briefing, answer: string, problem: string): readonly ChatMessage[] {
    return mendingMessages(briefing, answer, problem)
  }

  async read({ vault }: Briefing, answer: string, view: BriefView, signal: AbortSignal): Promise<Reading> {
    const work = { kind: 'read', ...this.#work, view, vault, answer } as const
    return JSON.parse(await this.#processes.run(async () => work, signal)) as Reading
  }
}
