import type { Job, Proposal } from '@iama/contracts/iama/jobs/v1/job'
import type { ReadJobResponse } from '@iama/contracts/iama/jobs/v1/lifecycle'
import { Engine, ModelClass, Phase, type GenerateEnd } from '@iama/contracts/iama/router/v1/service'
import { CharacterizeDoneSchema } from '@iama/contracts/iama/sandbox/v1/service'
import { DomainError } from '@iama/kernel'
import { formatPatch, parsePatch } from '@iama/patch'
import type { Clients } from '../clients.ts'
import type { Reanalysis, Task, Written } from '../workflows/story.ts'
import { getArtifact, putArtifact, recall } from './artifacts.ts'
import type { Clarified } from './facts.ts'
import { ProgressLog } from './progress.ts'
import { repairEvidence } from './repair-evidence.ts'
import { promptly } from './work.ts'

const classes: Readonly<Record<string, ModelClass>> = { L1: ModelClass.L1, L2: ModelClass.L2, L3: ModelClass.L3 }
const engines: Readonly<Record<string, Engine>> = { codemod: Engine.CODEMOD, model: Engine.MODEL }

/** What a route writes in the phases of refactoring and repair. */
type PatchAnswer =
  { readonly patch: unknown; readonly refused: readonly unknown[]; readonly treeHash: string } | Useless

/** What is no answer, also after the model was asked once more. */
interface Useless {
  readonly useless: { readonly code: string; readonly message: string }
}

/** What a route finds in the phase of reanalysis. */
interface Findings {
  readonly findings: readonly string[]
  readonly steps: readonly string[]
}

export const generationActivities = (clients: Clients) => {
  /** Asks the router and follows its stream; cancelling the activity aborts it, down to the provider's connection. */
  const generate = async (
    task: Task,
    phase: Phase,
    signal: AbortSignal,
    given: {
      readonly greenPart?: string
      readonly reanalysis?: Reanalysis
      readonly weakPlaces?: readonly string[]
    } = {},
  ): Promise<{ text: string; end: GenerateEnd }> => {
    const { tenantId, jobId } = task
    const read = await clients.lifecycle.readJob({ tenantId, jobId })
    const { greenPart = '', reanalysis, weakPlaces = [] } = given
    const evidence = repairEvidence(phase, read, greenPart)
    const bare = { ...requestOf(task, phase, read), ...evidence, weakPlaces: [...weakPlaces] }
    const request = reanalysis ? afterReanalysis(bare, reanalysis, await findingsOf(task, reanalysis, signal)) : bare
    await using progress = new ProgressLog(clients, task)
    const texts: string[] = []
    for await (const { part } of clients.router.generate(request, { signal })) {
      if (part.case === 'text') texts.push(part.value)
      if (part.case === 'progress') progress.started('generate', part.value)
      if (part.case === 'end') {
        progress.done('generate', summaryOf(part.value), Number(part.value.milliseconds))
        return { text: texts.join(''), end: part.value }
      }
    }
    throw new Error('the router ended the stream without a result')
  }

  const findingsOf = async ({ tenantId }: Task, { address }: Reanalysis, signal: AbortSignal): Promise<Findings> => {
    if (address === '') return { findings: [], steps: [] }
    return JSON.parse((await getArtifact(clients, tenantId, address, signal)).toString()) as Findings
  }

  return {
    generateProposals: (task: Task): Promise<string> =>
      promptly(task, 'generateProposals', 2, async (signal) => {
        const { text } = await generate(task, Phase.PROPOSAL, signal)
        return await putArtifact(clients, task, Buffer.from(text), signal)
      }),

    draftSpec: (task: Task): Promise<string> =>
      promptly(task, 'draftSpec', 2, async (signal) => {
        const { text } = await generate(task, Phase.SPEC, signal)
        return await putArtifact(clients, task, Buffer.from(text), signal)
      }),

    /** What the clarifier says; that it cannot say anything is an answer too, for the spec can still be edited. */
    clarifySpec: (task: Task): Promise<string> =>
      promptly(task, 'clarifySpec', 2, async (signal) => {
        const { tenantId, jobId } = task
        const { conversation } = await clients.lifecycle.readJob({ tenantId, jobId })
        const answer = await generate(task, Phase.CLARIFY, signal).catch((error: unknown) => {
          if (signal.aborted || !(error instanceof DomainError)) throw error
          return {
            text: JSON.stringify({ text: `I cannot answer: ${error.message}`, questions: [], bdd: '', sdd: '' }),
          }
        })
        const turn: Clarified = { ...(JSON.parse(answer.text) as Clarified), turns: conversation.length }
        return await putArtifact(clients, task, Buffer.from(JSON.stringify(turn)), signal)
      }),

    /**
     * Code that uses the files where no session looks. Empty when everything is seen, and when what came cannot be read:
     * what the project's own tests show is pinned all the same.
     * @param tests the address of what is pinned so far
     */
    writeExercises: (task: Task, tests: string): Promise<string> =>
      promptly(task, 'writeExercises', 2, async (signal) => {
        const pinned = await recall(clients, task, CharacterizeDoneSchema, tests)
        const uncovered = (pinned.tests?.notCovered ?? []).map((sentence) => `not covered at all: ${sentence}`)
        const weakPlaces = [...uncovered, ...pinned.weakPlaces]
        if (weakPlaces.length === 0) return ''
        const { text } = await generate(task, Phase.CHARACTERIZATION, signal, { weakPlaces })
        if ('useless' in (JSON.parse(text) as { exercises: unknown } | Useless)) return ''
        return await putArtifact(clients, task, Buffer.from(text), signal)
      }),

    /** That it cannot be read ends no deep fix: the strategy stands as it was approved. */
    reanalyze: (task: Task): Promise<Reanalysis> =>
      promptly(task, 'reanalyze', 2, async (signal) => {
        const { text, end } = await generate(task, Phase.REANALYSIS, signal)
        const isUseless = 'useless' in (JSON.parse(text) as Findings | Useless)
        const address = isUseless ? '' : await putArtifact(clients, task, Buffer.from(text), signal)
        return { address, costMicros: Number(end.costMicros) }
      }),

    /**
     * @param greenPart the address of what stays of the last patch when it is repaired; empty when nothing does
     * @param reanalysis what a deep fix writes from
     */
    generatePatch: (
      task: Task,
      phase: 'refactor' | 'repair',
      greenPart: string,
      reanalysis?: Reanalysis,
    ): Promise<Written> =>
      promptly(task, 'generatePatch', 2, async (signal) => {
        const keep = (text: string): Promise<string> => putArtifact(clients, task, Buffer.from(text), signal)
        const { text, end } = await generate(task, phase === 'repair' ? Phase.REPAIR : Phase.REFACTOR, signal, {
          greenPart,
          ...(reanalysis && { reanalysis }),
        })
        const answer = JSON.parse(text) as PatchAnswer
        if ('useless' in answer) {
          return { kind: 'useless', code: answer.useless.code, message: await keep(answer.useless.message) }
        }
        return {
          kind: 'patch',
          patch: await keep(formatPatch(parsePatch(answer.patch))),
          refused: await keep(JSON.stringify(answer.refused)),
          treeHash: answer.treeHash,
          engine: `${end.provider}/${end.model}`,
          briefing: end.briefing === '' ? '' : await keep(end.briefing),
        }
      }),
  }
}

/** Everything but the evidence of a repair. */
const requestOf = (task: Task, phase: Phase, read: ReadJobResponse) => {
  const { tenantId, jobId } = task
  const { orders, manifestArtifact, spec } = read
  const job = read.job!
  const options = job.options!
  const proposal = job.proposals.find(({ id }) => id === job.selectedProposalId)
  return {
    tenantId,
    jobId,
    requestId: `${jobId}-${task.epoch}-${phase}-${orders!.attempt}`,
    route: {
      tier: job.tier,
      phase,
      modelClass: classOf(phase, job, orders!.route, proposal),
      contextTokens: 0n,
      engine: engineOf(read, proposal),
      confirmedMicros: orders!.confirmedMicros,
    },
    manifestArtifact,
    goal: options.goal,
    target: options.target,
    include: options.include,
    recipes: options.recipes,
    skip: options.skip,
    evidence: options.evidence,
    proposalId: job.selectedProposalId,
    attempt: phase === Phase.REFACTOR || phase === Phase.REPAIR ? orders!.attempt : 0,
    jobBudgetMicros: options.budgetMicros,
    ...(job.analysis ? { analysis: job.analysis } : {}),
    ...(phase === Phase.CLARIFY ? { conversation: read.conversation } : {}),
    ...(proposal ? { proposal } : {}),
    ...(spec ? { spec: { bdd: spec.bdd, sdd: spec.sdd } } : {}),
  }
}

/** The strategy with what was found and the steps that follow from it, and what is left of the confirmed cost. */
const afterReanalysis = <Request extends ReturnType<typeof requestOf>>(
  request: Request,
  { costMicros }: Reanalysis,
  { findings, steps }: Findings,
): Request => {
  const { route, proposal } = request
  const left = route.confirmedMicros - BigInt(costMicros)
  return {
    ...request,
    // one micro-dollar is too little for any call: the budget is what the job then hears of
    route: { ...route, confirmedMicros: left > 0n ? left : 1n },
    ...(proposal &&
      steps.length > 0 && { proposal: { ...proposal, steps, riskReasons: [...proposal.riskReasons, ...findings] } }),
  }
}

/** Who proposed also writes; a deep fix is a model's, whoever wrote before. */
const engineOf = ({ job, orders }: ReadJobResponse, proposal: Proposal | undefined): Engine => {
  if (orders!.confirmedMicros > 0n) return Engine.MODEL
  return engines[proposal?.engine || job!.options!.engine] ?? Engine.UNSPECIFIED
}

const routed: readonly Phase[] = [Phase.REFACTOR, Phase.REPAIR, Phase.REANALYSIS]

/** Prose is L2's where the tier has it; patches, and what a deep fix finds, come by the route that the job says. */
const classOf = (phase: Phase, job: Job, route: string, proposal: Proposal | undefined): ModelClass => {
  if (routed.includes(phase)) return classes[route]!
  const isProse = phase === Phase.SPEC || phase === Phase.CLARIFY
  return isProse && proposal?.engine === 'model' && job.routes.includes('L2') ? ModelClass.L2 : ModelClass.L1
}

/** For the person who waits: who wrote, and what it took. */
const summaryOf = (end: GenerateEnd): string => {
  const wrote = `${end.provider}/${end.model} wrote the answer`
  if (end.calls === 0 || end.prompt === '') return `${end.provider} wrote the answer`
  const cost = (Number(end.costMicros) / 1e6).toFixed(4)
  const cached = end.cachedTokens > 0n ? ` (${end.cachedTokens} cached)` : ''
  const calls = end.calls > 1 ? ` in ${end.calls} calls` : ''
  return `${wrote}${calls}: ${end.inputTokens} tokens in${cached}, ${end.outputTokens} out, $${cost}, prompt ${end.prompt}`
}
