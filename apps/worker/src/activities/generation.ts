import { ModelClass, Phase, type GenerateEnd } from '@iama/contracts/iama/router/v1/service'
import { formatPatch, parsePatch } from '@iama/patch'
import type { Clients } from '../clients.ts'
import type { Task, Written } from '../workflows/story.ts'
import { putArtifact } from './artifacts.ts'
import { ProgressLog } from './progress.ts'
import { work } from './work.ts'

const classes: Readonly<Record<string, ModelClass>> = { L1: ModelClass.L1, L2: ModelClass.L2, L3: ModelClass.L3 }

/** What a route writes in the phase of refactoring. */
interface WrittenPatch {
  readonly patch: unknown
  readonly refused: readonly unknown[]
}

export const generationActivities = (clients: Clients) => {
  /** Asks the router and follows its stream; cancelling the activity aborts it, down to the provider's connection. */
  const generate = async (
    task: Task,
    phase: Phase,
    signal: AbortSignal,
  ): Promise<{ text: string; end: GenerateEnd }> => {
    const { tenantId, jobId } = task
    const { job, orders, manifestArtifact } = await clients.lifecycle.readJob({ tenantId, jobId })
    const options = job!.options!
    const request = {
      tenantId,
      jobId,
      requestId: `${jobId}-${task.epoch}-${phase}-${orders!.attempt}`,
      route: {
        tier: job!.tier,
        phase,
        modelClass: phase === Phase.REFACTOR ? classes[orders!.route]! : ModelClass.L1,
        contextTokens: 0n,
      },
      manifestArtifact,
      goal: options.goal,
      target: options.target,
      include: options.include,
      recipes: options.recipes,
      skip: options.skip,
      proposalId: job!.selectedProposalId,
    }
    await using progress = new ProgressLog(clients, task)
    const texts: string[] = []
    for await (const { part } of clients.router.generate(request, { signal })) {
      if (part.case === 'text') texts.push(part.value)
      if (part.case === 'progress') progress.started('generate', part.value)
      if (part.case === 'end') {
        progress.done('generate', `${part.value.provider} wrote the answer`, Number(part.value.milliseconds))
        return { text: texts.join(''), end: part.value }
      }
    }
    throw new Error('the router ended the stream without a result')
  }

  return {
    generateProposals: (task: Task): Promise<string> =>
      work(task, 'generateProposals', 2, async (signal) => {
        const { text } = await generate(task, Phase.PROPOSAL, signal)
        return await putArtifact(clients, task, Buffer.from(text), signal)
      }),

    draftSpec: (task: Task): Promise<string> =>
      work(task, 'draftSpec', 2, async (signal) => {
        const { text } = await generate(task, Phase.SPEC, signal)
        return await putArtifact(clients, task, Buffer.from(text), signal)
      }),

    generatePatch: (task: Task): Promise<Written> =>
      work(task, 'generatePatch', 2, async (signal) => {
        const { text, end } = await generate(task, Phase.REFACTOR, signal)
        const { patch, refused } = JSON.parse(text) as WrittenPatch
        return {
          patch: await putArtifact(clients, task, Buffer.from(formatPatch(parsePatch(patch))), signal),
          refused: await putArtifact(clients, task, Buffer.from(JSON.stringify(refused)), signal),
          engine: `${end.provider}/${end.model}`,
        }
      }),
  }
}
