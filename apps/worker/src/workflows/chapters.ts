import { patched } from '@temporalio/workflow'
import {
  analyzeScope,
  applyPatch,
  clarifySpec,
  consumeQuota,
  draftSpec,
  exerciseCode,
  generatePatch,
  generateProposals,
  generateTests,
  prepareBundle,
  recordAccepted,
  recordAnalysis,
  recordApplied,
  recordAttempt,
  recordBaseline,
  recordClarification,
  recordDelivery,
  recordRefusedAttempt,
  recordReservation,
  recordSpec,
  recordTests,
  recordVerdict,
  reserveQuota,
  runTests,
  selectSubset,
  settle,
  verifyPatch,
  writeExercises,
} from './activities.ts'
import type { Desk } from './desk.ts'
import type { JobView, Session, Task, Verification } from './story.ts'

export const reserve = async (desk: Desk, job: JobView): Promise<void> => {
  const task = desk.task(job)
  await recordReservation(task, await reserveQuota(task))
}

/** Nothing is proposed, and nothing paid for, on a project whose own tests are red. */
export const analyze = async (desk: Desk, job: JobView): Promise<void> => {
  const task = desk.task(job)
  const session = await desk.openSandbox(job)
  const analysis = await analyzeScope(task, session)
  const proposals = analysis.green && !job.check ? await generateProposals(task) : ''
  await recordAnalysis(task, analysis.result, proposals)
}

export const draft = async (desk: Desk, job: JobView): Promise<void> => {
  const task = desk.task(job)
  await recordSpec(task, await draftSpec(task))
}

/** A turn of the conversation about the spec. */
export const clarify = async (desk: Desk, job: JobView): Promise<void> => {
  const task = desk.task(job)
  await recordClarification(task, await clarifySpec(task))
}

export const pinBehaviour = async (desk: Desk, job: JobView): Promise<void> => {
  const task = desk.task(job)
  const session = await desk.openSandbox(job)
  await recordTests(task, await pinned(task, session, job))
}

/** What the project's tests show, and where a model writes, what its exercises show besides. */
const pinned = async (task: Task, session: Session, { engine }: JobView): Promise<string> => {
  if (engine !== 'model' || !patched('model-writes-exercises')) return await generateTests(task, session)
  const tests = await generateTests(task, session, true)
  const exercises = await writeExercises(task, tests)
  return exercises === '' ? tests : await exerciseCode(task, session, tests, exercises)
}

export const validateBaseline = async (desk: Desk, job: JobView): Promise<void> => {
  const task = desk.task(job)
  const session = await desk.openSandbox(job)
  await recordBaseline(task, await runTests(task, session))
}

/** The gates judge a patch from elsewhere. Green or red, it is neither delivered nor repaired. */
export const check = async (desk: Desk, job: JobView): Promise<void> => {
  const { candidatePatch, ownPatch, attempt } = job.orders
  const task = desk.task(job)
  const patch = candidatePatch || (await made(task, job, ownPatch, 'OWN_EDITS'))
  const verification = await verify(desk, job, patch)
  await recordVerdict(task, patch, attempt, verification)
}

/** One attempt: a patch, its verdict, and its delivery when green. Repairs begin with what is green already. */
export const refactor = async (desk: Desk, job: JobView): Promise<void> => {
  const { orders } = job
  if (orders.candidateGreen) return await deliver(desk, job, orders.candidatePatch)
  const patch = orders.candidatePatch || (await nextPatch(desk, job))
  if (patch !== undefined) await judge(desk, job, patch)
}

/** The patch to try; undefined when the route brought none, which is recorded. */
const nextPatch = async (desk: Desk, job: JobView): Promise<string | undefined> => {
  const { orders } = job
  const task = desk.task(job)
  if (orders.ownPatch !== '') return await made(task, job, orders.ownPatch, 'OWN_EDITS')
  const { greenPart } = desk
  if (greenPart !== '' && takesGreenPart(job)) {
    desk.greenPart = ''
    return await made(task, job, greenPart, 'GREEN_PART')
  }
  return await writtenPatch(desk, job, task)
}

/** The offline engine would write the same again, so its green part is the repair; a model repairs what is red. */
const takesGreenPart = ({ orders, state, engine }: JobView): boolean =>
  orders.takeGreenPart || (state === 'SELF_HEALING' && engine !== 'model')

const writtenPatch = async (desk: Desk, job: JobView, task: Task): Promise<string | undefined> => {
  const { attempt, route } = job.orders
  if (attempt === 0) desk.tried = []
  const written = await generatePatch(task, attempt === 0 ? 'refactor' : 'repair', desk.greenPart, desk.reanalysis)
  if (written.kind === 'useless') {
    await recordRefusedAttempt(task, { number: attempt, route, code: written.code, message: written.message })
    return undefined
  }
  const { tried } = desk
  const seen = tried.lastIndexOf(written.treeHash)
  if (seen >= 0) {
    const code = seen === tried.length - 1 ? 'SAME_PATCH' : 'UNDOES_LAST'
    await recordRefusedAttempt(task, { number: attempt, route, code, message: '' })
    return undefined
  }
  desk.engine = written.engine
  desk.leftOut = [written.refused]
  const patch = await made(task, job, written.patch, 'ROUTE', written.briefing)
  desk.tried = [...tried, written.treeHash] // only now does the job know of it
  return patch
}

const made = async (task: Task, job: JobView, patch: string, source: string, briefing = ''): Promise<string> => {
  await recordAttempt(task, {
    number: job.orders.attempt,
    patch,
    source,
    route: source === 'ROUTE' ? job.orders.route : '',
    briefing,
  })
  return patch
}

const judge = async (desk: Desk, job: JobView, patch: string): Promise<void> => {
  const verification = await verify(desk, job, patch)
  if (verification.dropped !== '') desk.leftOut = [...desk.leftOut, verification.dropped]
  await recordVerdict(desk.task(job), patch, job.orders.attempt, verification)
  if (verification.green) await deliver(desk, job, patch)
}

const verify = async (desk: Desk, job: JobView, patch: string): Promise<Verification> => {
  const task = desk.task(job)
  const session = await desk.openSandbox(job)
  await applyPatch(task, session, patch)
  const verification = await verifyPatch(task, session, patch)
  desk.greenPart = verification.greenPart
  desk.verified = { patch, verification }
  return verification
}

/** The allowance is used at the first delivery: the work is done, whatever becomes of the patch. */
const deliver = async (desk: Desk, job: JobView, patch: string): Promise<void> => {
  const task = desk.task(job)
  const { verdict, result } =
    desk.verified?.patch === patch ? desk.verified.verification : await verify(desk, job, patch)
  await prepareBundle(task, { patch, verdict, engine: desk.engine })
  await consumeQuota(task)
  await recordDelivery(task, patch, result, desk.leftOut)
}

/** A choice among the delivered edits passes the same gates before it takes the delivery's place. */
export const verifySubset = async (desk: Desk, job: JobView): Promise<void> => {
  const { orders } = job
  if (orders.candidateGreen) return await deliver(desk, job, orders.candidatePatch)
  const patch = orders.candidatePatch || (await chosen(desk, job))
  await judge(desk, job, patch)
}

const chosen = async (desk: Desk, job: JobView): Promise<string> => {
  const task = desk.task(job)
  return await made(task, job, await selectSubset(task), 'SUBSET')
}

export const settleAcceptance = async (desk: Desk, job: JobView): Promise<void> => {
  const task = desk.task(job)
  await recordApplied(task)
  await recordAccepted(task, await settle(task))
}
