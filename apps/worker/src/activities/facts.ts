import { create, fromJson, type JsonValue } from '@bufbuild/protobuf'
import {
  DeliverySummarySchema,
  DroppedEditSchema,
  ProposalSchema,
  type DroppedEdit,
} from '@iama/contracts/iama/jobs/v1/job'
import {
  AnalyzeDoneSchema,
  CharacterizeDoneSchema,
  RunTestsDoneSchema,
  VerifyDoneSchema,
} from '@iama/contracts/iama/sandbox/v1/service'
import { parsePatch } from '@iama/patch'
import type { Clients } from '../clients.ts'
import type { Task, Verification } from '../workflows/story.ts'
import { getArtifact, recall } from './artifacts.ts'
import { header, sourceOf } from './job.ts'
import { work } from './work.ts'

export interface MadePatch {
  readonly number: number
  readonly patch: string
  readonly source: string
  readonly route: string
  /** The address of what the model was shown; empty when none was asked. */
  readonly briefing: string
}

/** An attempt that brought nothing to verify. */
export interface RefusedAttempt {
  readonly number: number
  readonly route: string
  readonly code: string
  /** The address of why, in words; empty when the code says it all. */
  readonly message: string
}

/** A patch artifact: the patch, and what its writer refused. */
interface StoredPatch {
  readonly edits: readonly { readonly id: string }[]
}

/** Facts whose contents lie in artifacts: the workflow passes addresses, these read and record. */
export const factActivities = (clients: Clients) => {
  const { lifecycle } = clients
  const readPatch = async (task: Task, address: string): Promise<StoredPatch> =>
    parsePatch(JSON.parse((await getArtifact(clients, task.tenantId, address)).toString()))

  return {
    recordAnalysis: (task: Task, result: string, proposals: string): Promise<void> =>
      work(task, 'recordAnalysis', 3, async () => {
        const { analysis, baseline, analysisArtifact } = await recall(clients, task, AnalyzeDoneSchema, result)
        const { tenantId, jobId } = task
        const { job } = await lifecycle.readJob({ tenantId, jobId })
        const offered = proposals === '' ? nothing : await readJson<OfferedProposals>(clients, task, proposals)
        await lifecycle.recordAnalysis({
          header: header(task, 'analysis'),
          ...(analysis ? { analysis } : {}),
          ...(baseline ? { baseline } : {}),
          analysisArtifact,
          proposals: offered.proposals.map((proposal) => fromJson(ProposalSchema, proposal)),
          nothingToDo: offered.nothingToDo,
          check: job?.check !== undefined,
        })
      }),

    recordSpec: (task: Task, spec: string): Promise<void> =>
      work(task, 'recordSpec', 3, async () => {
        const { bdd, sdd } = await readJson<{ bdd: string; sdd: string }>(clients, task, spec)
        await lifecycle.recordSpec({ header: header(task, 'spec'), bdd, sdd })
      }),

    recordClarification: (task: Task, said: string): Promise<void> =>
      work(task, 'recordClarification', 3, async () => {
        const { turns, text, questions, bdd, sdd } = await readJson<Clarified>(clients, task, said)
        await lifecycle.recordClarification({
          header: header(task, `clarification-${turns}`),
          turn: { role: 'assistant', text, questions: [...questions] },
          bdd,
          sdd,
        })
      }),

    recordTests: (task: Task, result: string): Promise<void> =>
      work(task, 'recordTests', 3, async () => {
        const { tests, sessionsArtifact, testsArtifact } = await recall(clients, task, CharacterizeDoneSchema, result)
        const fact = { header: header(task, 'tests'), sessionsArtifact, testsArtifact }
        await lifecycle.recordTests({ ...fact, ...(tests ? { tests } : {}) })
      }),

    recordBaseline: (task: Task, result: string): Promise<void> =>
      work(task, 'recordBaseline', 3, async () => {
        const { baseline, baselineArtifact } = await recall(clients, task, RunTestsDoneSchema, result)
        const fact = { header: header(task, 'baseline'), baselineArtifact }
        await lifecycle.recordBaseline({ ...fact, ...(baseline ? { baseline } : {}) })
      }),

    recordAttempt: (task: Task, made: MadePatch): Promise<void> =>
      work(task, 'recordAttempt', 3, async () => {
        const { edits } = await readPatch(task, made.patch)
        await lifecycle.recordAttempt({
          header: header(task, `attempt-${made.number}-${made.patch.slice(0, 16)}`),
          number: made.number,
          patchArtifact: made.patch,
          editIds: edits.map((edit) => edit.id),
          source: sourceOf[made.source]!,
          route: made.route,
          briefingArtifact: made.briefing,
        })
      }),

    recordRefusedAttempt: (task: Task, refused: RefusedAttempt): Promise<void> =>
      work(task, 'recordRefusedAttempt', 3, async () => {
        const { number, route, code } = refused
        const message =
          refused.message === ''
            ? (refusals[code] ?? code)
            : (await getArtifact(clients, task.tenantId, refused.message)).toString()
        const factHeader = header(task, `refused-${number}`)
        await lifecycle.recordRefusedAttempt({ header: factHeader, number, route, code, message })
      }),

    recordVerdict: (task: Task, patch: string, attempt: number, verification: Verification): Promise<void> =>
      work(task, 'recordVerdict', 3, async () => {
        const { attempt: summary } = await recall(clients, task, VerifyDoneSchema, verification.result)
        await lifecycle.recordVerdict({
          header: header(task, `verdict-${attempt}-${patch.slice(0, 16)}`),
          ...(summary ? { attempt: summary } : {}),
          verdictArtifact: verification.verdict,
          patchArtifact: patch,
        })
      }),

    recordDelivery: (task: Task, patch: string, result: string, left: readonly string[]): Promise<void> =>
      work(task, 'recordDelivery', 3, async () => {
        const done = await recall(clients, task, VerifyDoneSchema, result)
        const { edits } = await readPatch(task, patch)
        await lifecycle.recordDelivery({
          header: header(task, `delivery-${patch.slice(0, 16)}`),
          delivery: create(DeliverySummarySchema, {
            edits: edits.length,
            files: done.files,
            patchArtifact: patch,
            verdictArtifact: done.verdictArtifact,
            diffArtifact: done.diffArtifact,
            treeHash: done.treeHash,
            dropped: await readDropped(clients, task, left),
            ...(done.before ? { before: done.before } : {}),
            ...(done.after ? { after: done.after } : {}),
          }),
        })
      }),
  }
}

const refusals: Readonly<Record<string, string>> = {
  SAME_PATCH: 'the patch makes of the code what the one before did, and that failed',
  UNDOES_LAST: 'the patch makes of the code what an earlier one did, and that failed',
}

/** The clarifier's turn after so many turns, and what it made of the spec; an empty half stays as it is. */
export interface Clarified {
  readonly turns: number
  readonly text: string
  readonly questions: readonly { readonly id: string; readonly text: string; readonly choices: string[] }[]
  readonly bdd: string
  readonly sdd: string
}

interface OfferedProposals {
  readonly proposals: readonly JsonValue[]
  readonly nothingToDo: string
}

const nothing: OfferedProposals = { proposals: [], nothingToDo: '' }

/** What the engine refused and what earlier attempts dropped, from the artifacts that tell it. */
const readDropped = async (clients: Clients, task: Task, addresses: readonly string[]): Promise<DroppedEdit[]> => {
  const lists = await Promise.all(addresses.map((address) => readJson<JsonValue[]>(clients, task, address)))
  return lists.flat().map((dropped) => fromJson(DroppedEditSchema, dropped))
}

const readJson = async <Result>(clients: Clients, task: Task, address: string): Promise<Result> =>
  JSON.parse((await getArtifact(clients, task.tenantId, address)).toString()) as Result
