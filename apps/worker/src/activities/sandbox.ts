import { toJson } from '@bufbuild/protobuf'
import { DroppedEditSchema, type GateResult, type Progress } from '@iama/contracts/iama/jobs/v1/job'
import {
  AnalyzeDoneSchema,
  CharacterizeDoneSchema,
  RunTestsDoneSchema,
  VerifyDoneSchema,
  type VerifyDone,
} from '@iama/contracts/iama/sandbox/v1/service'
import type { Clients } from '../clients.ts'
import type { JobRef, Session, Task, Verification } from '../workflows/story.ts'
import { keep, putArtifact, recall } from './artifacts.ts'
import { scopeOf } from './scope.ts'
import { ProgressLog } from './progress.ts'
import { uploads } from './upload.ts'
import { work } from './work.ts'

/** A streamed answer of the sandbox: signs of work, then the end. */
interface Answer {
  readonly part: { readonly case: string | undefined; readonly value?: unknown }
}

type DoneOf<Streamed extends Answer> =
  Extract<Streamed['part'], { case: 'done' }> extends { value: infer Done } ? Done : never

export const sandboxActivities = (clients: Clients) => {
  const { lifecycle } = clients
  const refOf = (task: JobRef, session: Session) => ({
    tenantId: task.tenantId,
    jobId: task.jobId,
    sessionId: session.sessionId,
  })
  const read = (task: JobRef) => lifecycle.readJob({ tenantId: task.tenantId, jobId: task.jobId })

  /** Follows a step to its end, telling its progress to whoever watches the job. */
  const follow = async <Streamed extends Answer>(
    task: Task,
    answers: AsyncIterable<Streamed>,
  ): Promise<DoneOf<Streamed>> => {
    await using progress = new ProgressLog(clients, task)
    for await (const { part } of answers) {
      if (part.case === 'progress') progress.add(part.value as Progress)
      if (part.case === 'gate') {
        const { gate, status, summary, milliseconds } = part.value as GateResult
        progress.add({
          step: `gate:${gate}`,
          phase: status === 'fail' ? 'failed' : 'done',
          text: summary,
          milliseconds,
        })
      }
      if (part.case === 'done') return part.value as DoneOf<Streamed>
    }
    throw new Error('the sandbox ended the step without a result')
  }

  /** What the green subset leaves out, and why, for whoever reads the delivery. */
  const keepDropped = async (task: Task, done: VerifyDone): Promise<string> => {
    const dropped = done.attempt?.dropped ?? []
    if (done.greenSubsetArtifact === '' || dropped.length === 0) return ''
    const list = dropped.map((edit) => toJson(DroppedEditSchema, edit))
    return await putArtifact(clients, task, Buffer.from(JSON.stringify(list)))
  }

  /** What checks and scope the job has. */
  const workOf = async (task: Task) => {
    const { job } = await read(task)
    return { include: job?.options?.include ?? [], testCommand: job?.options?.testCommand ?? '' }
  }

  return {
    provisionSandbox: (task: Task): Promise<Session> =>
      work(task, 'provisionSandbox', 2, async (signal) => {
        const { tenantId, jobId } = task
        const { manifestArtifact } = await read(task)
        const requestId = `${jobId}-${task.epoch}`
        const provisioned = await clients.sandboxes.provision({ tenantId, jobId, requestId }, { signal })
        const session = { sessionId: provisioned.session!.sessionId, address: provisioned.address }
        const sandbox = clients.sandboxAt(session.address)
        await sandbox.upload(uploads(clients, refOf(task, session), manifestArtifact, signal), { signal })
        return session
      }),

    installDependencies: (task: Task, session: Session): Promise<void> =>
      work(task, 'installDependencies', 3, async (signal) => {
        const sandbox = clients.sandboxAt(session.address)
        await follow(task, sandbox.installDependencies({ session: refOf(task, session) }, { signal }))
      }),

    analyzeScope: (task: Task, session: Session): Promise<{ green: boolean; result: string }> =>
      work(task, 'analyzeScope', 3, async (signal) => {
        const request = { session: refOf(task, session), work: await workOf(task) }
        const done = await follow(task, clients.sandboxAt(session.address).analyze(request, { signal }))
        const green = (done.baseline?.failed ?? 0) === 0
        return { green, result: await keep(clients, task, AnalyzeDoneSchema, done) }
      }),

    /** @param findWeakPlaces whether somebody wants to know what is not noticed */
    generateTests: (task: Task, session: Session, findWeakPlaces = false): Promise<string> =>
      work(task, 'generateTests', 2, async (signal) => {
        const { files } = await scopeOf(clients, task, await read(task))
        const request = { session: refOf(task, session), work: await workOf(task), files: [...files], findWeakPlaces }
        const done = await follow(task, clients.sandboxAt(session.address).characterize(request, { signal }))
        return await keep(clients, task, CharacterizeDoneSchema, done)
      }),

    /** Adds what exercises show to what was pinned; both by address. */
    exerciseCode: (task: Task, session: Session, tests: string, exercisesArtifact: string): Promise<string> =>
      work(task, 'exerciseCode', 2, async (signal) => {
        const { files } = await scopeOf(clients, task, await read(task))
        const { sessionsArtifact } = await recall(clients, task, CharacterizeDoneSchema, tests)
        const pinned = { files: [...files], sessionsArtifact, exercisesArtifact }
        const request = { session: refOf(task, session), work: await workOf(task), ...pinned }
        const done = await follow(task, clients.sandboxAt(session.address).exercise(request, { signal }))
        return await keep(clients, task, CharacterizeDoneSchema, done)
      }),

    runTests: (task: Task, session: Session): Promise<string> =>
      work(task, 'runTests', 1, async (signal) => {
        const { job } = await read(task)
        const sessionsArtifact = job?.sessionsArtifact ?? ''
        const request = { session: refOf(task, session), work: await workOf(task), sessionsArtifact }
        const done = await follow(task, clients.sandboxAt(session.address).runTests(request, { signal }))
        return await keep(clients, task, RunTestsDoneSchema, done)
      }),

    applyPatch: (task: Task, session: Session, patchArtifact: string): Promise<void> =>
      work(task, 'applyPatch', 3, async (signal) => {
        const request = { session: refOf(task, session), patchArtifact }
        await clients.sandboxAt(session.address).applyPatch(request, { signal })
      }),

    verifyPatch: (task: Task, session: Session, patchArtifact: string): Promise<Verification> =>
      work(task, 'verifyPatch', 1, async (signal) => {
        const job = await read(task)
        const scope = await scopeOf(clients, task, job)
        const request = {
          session: refOf(task, session),
          work: await workOf(task),
          patchArtifact,
          baselineArtifact: job.job!.baselineArtifact,
          sessionsArtifact: job.job!.sessionsArtifact,
          attempt: job.orders!.attempt,
          scope: [...scope.approved],
          allowance: {
            raiseFloor: scope.raisesFloor,
            newModules: [...scope.newModules],
            esModules: scope.toEsModules,
          },
          findGreenSubset: true,
        }
        const done = await follow(task, clients.sandboxAt(session.address).verify(request, { signal }))
        return {
          green: done.attempt?.green ?? false,
          verdict: done.verdictArtifact,
          greenPart: done.greenSubsetArtifact,
          dropped: await keepDropped(task, done),
          result: await keep(clients, task, VerifyDoneSchema, done),
        }
      }),

    destroySandbox: (ref: JobRef, session: Session): Promise<void> =>
      work(ref, 'destroySandbox', 5, async () => {
        await clients.sandboxAt(session.address).destroy({ session: refOf(ref, session) }, { idempotent: true })
      }),
  }
}
