import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { SandboxService, type UploadRequest } from '@iama/contracts/iama/sandbox/v1/service'
import { VerdictKeyService } from '@iama/contracts/iama/sandbox/v1/verdict_key'
import { InvalidRequest } from '@iama/kernel'
import { implement, type ServiceImplementation } from '@iama/rpc'
import { requirePermission, tenantOf, type CallerMatrix } from '@iama/security'
import type { ExecOutcome, StoredSession, VerdictSigner } from '../application/ports.ts'
import type { SandboxApplication } from '../application/sandbox-application.ts'
import type { LimitName, SandboxLimits } from '../domain/limits.ts'
import type { WipeEvidence } from '../domain/wipe-evidence.ts'
import { checkPaths, RequestCheck, toSessionRef, toUploadEntries, toWork } from './rpc-requests.ts'
import { sent, toGatedSteps, toSteps } from './rpc-steps.ts'

const CHUNK_BYTES = 256 * 1024
const USUAL_TIMEOUT_MS = 60_000

/** Who may call what: only the worker drives sandboxes; whoever reads verdicts may know who signs them. */
export const callers: CallerMatrix = {
  [SandboxService.typeName]: ['worker'],
  [VerdictKeyService.typeName]: ['people'],
}

export const verdictKeyRpc = ({ publicKey }: VerdictSigner): ServiceImplementation =>
  implement(VerdictKeyService, {
    getVerdictKey: async (_request, context) => {
      requirePermission(context.principal, 'jobs.read')
      return { publicKeyPem: publicKey.pem, fingerprint: publicKey.fingerprint }
    },
  })

export const sandboxRpc = (app: SandboxApplication, limits: SandboxLimits): ServiceImplementation =>
  implement(SandboxService, {
    provision: async (request, context) => {
      new RequestCheck().uuid('job_id', request.jobId).text('request_id', request.requestId, 200).done()
      const tenantId = tenantOf(context.principal, request.tenantId)
      const stored = await app.provision.execute({ tenantId, jobId: request.jobId, requestId: request.requestId })
      return { session: toWireRef(stored), address: stored.session.address }
    },

    upload: async (requests, context) => {
      const all = requests[Symbol.asyncIterator]()
      const ref = toSessionRef(context, await firstSession(all))
      const rest = { [Symbol.asyncIterator]: () => all }
      const { files, bytes } = await app.upload.execute(ref, toUploadEntries(rest, limits.fileBytes))
      return { files, bytes: BigInt(bytes) }
    },

    installDependencies: (request, context) =>
      toSteps(app.install.execute(toSessionRef(context, request.session), context.signal), (done) => ({
        packages: done.packages,
        cached: done.status === 'cached',
        milliseconds: BigInt(done.durationMs),
      })),

    analyze: (request, context) =>
      toSteps(app.analyze.execute(toSessionRef(context, request.session), toWork(request.work), context.signal), sent),

    characterize: (request, context) => {
      checkPaths('files', request.files)
      const ref = toSessionRef(context, request.session)
      const { files, findWeakPlaces } = request
      const order = { work: toWork(request.work), files, findWeakPlaces }
      return toSteps(app.characterize.execute(ref, order, context.signal), sent)
    },

    exercise: (request, context) => {
      const { files, sessionsArtifact, exercisesArtifact } = request
      checkPaths('files', files)
      new RequestCheck()
        .text('sessions_artifact', sessionsArtifact, 500)
        .text('exercises_artifact', exercisesArtifact, 500)
        .done()
      const ref = toSessionRef(context, request.session)
      const input = { work: toWork(request.work), files, sessionsArtifact, exercisesArtifact }
      return toSteps(app.exercise.execute(ref, input, context.signal), sent)
    },

    runTests: (request, context) => {
      const ref = toSessionRef(context, request.session)
      return toSteps(app.runTests.execute(ref, toWork(request.work), request.sessionsArtifact, context.signal), sent)
    },

    applyPatch: async (request, context) => {
      const ref = toSessionRef(context, request.session)
      new RequestCheck().text('patch_artifact', request.patchArtifact, 500).done()
      const { treeHash, files } = await app.applyPatch.execute(ref, request.patchArtifact, context.signal)
      return { treeHash, files: [...files] }
    },

    verify: (request, context) => {
      const ref = toSessionRef(context, request.session)
      const { patchArtifact, baselineArtifact, sessionsArtifact, attempt, scope, findGreenSubset } = request
      new RequestCheck()
        .text('patch_artifact', patchArtifact, 500)
        .text('baseline_artifact', baselineArtifact, 500)
        .text('sessions_artifact', sessionsArtifact, 500)
        .done()
      checkPaths('scope', scope)
      checkPaths('allowance.new_modules', request.allowance?.newModules ?? [])
      const input = { ref, patchArtifact, baselineArtifact, sessionsArtifact, attempt, scope, findGreenSubset }
      const floorRaised = request.allowance?.raiseFloor ?? false
      const newModules = request.allowance?.newModules ?? []
      const esModules = request.allowance?.esModules ?? false
      const order = { ...input, work: toWork(request.work), floorRaised, newModules, esModules }
      return toGatedSteps(app.verify.execute(order, context.signal), sent)
    },

    async *exec(request, context) {
      const ref = toSessionRef(context, request.session)
      const check = new RequestCheck().atMost('argv', request.argv, 1_000)
      if (request.argv.length === 0) check.refuse('argv', 'is empty', 'name the program to run')
      check.done()
      const timeoutMs = Number(request.timeoutMilliseconds) || USUAL_TIMEOUT_MS
      const input = { ref, tree: request.tree, argv: request.argv, timeoutMs }
      for await (const event of app.runCommand.execute(input, context.signal)) {
        if (event.type === 'exit') yield { part: { case: 'done' as const, value: toExecDone(event.outcome) } }
        else yield { part: { case: event.type, value: event.data } }
      }
    },

    async *download(request, context) {
      const content = await app.readFile.execute(toSessionRef(context, request.session), request.tree, request.path)
      for (let at = 0; at < content.length; at += CHUNK_BYTES) yield { chunk: content.subarray(at, at + CHUNK_BYTES) }
    },

    destroy: async (request, context) => ({
      evidence: toWireEvidence(await app.destroy.execute(toSessionRef(context, request.session))),
    }),

    getWipeEvidence: async (request, context) => ({
      evidence: toWireEvidence(await app.wipeEvidence.execute(toSessionRef(context, request.session))),
    }),
  })

const firstSession = async (requests: AsyncIterator<UploadRequest>) => {
  const first = await requests.next()
  const part = first.done ? undefined : first.value.part
  if (part?.case === 'session') return part.value
  throw new InvalidRequest([
    { field: 'part', reason: 'the session did not come first', fix: 'send it, then the files' },
  ])
}

const toWireRef = ({ session: { tenantId, jobId, sessionId } }: StoredSession) => ({ tenantId, jobId, sessionId })

const LIMITS: Readonly<Record<LimitName | 'CANCELLED', string>> = {
  WALL_CLOCK: 'time',
  CPU: 'time',
  MEMORY: 'memory',
  PROCESSES: 'processes',
  OUTPUT: 'output',
  DISK: 'disk',
  CANCELLED: '',
}

const toExecDone = ({ exitCode, stoppedBy, durationMs }: ExecOutcome) => ({
  exitCode: exitCode ?? -1,
  signal: exitCode === null ? 'SIGKILL' : '',
  limit: stoppedBy ? LIMITS[stoppedBy] : '',
  milliseconds: BigInt(durationMs),
})

const toWireEvidence = (evidence: WipeEvidence) => ({
  sessionId: evidence.sandboxId,
  files: BigInt(evidence.files),
  bytes: BigInt(evidence.bytes),
  processesKilled: evidence.processesKilled,
  wipedAt: timestampFromDate(evidence.finishedAt),
  verifiedBy: evidence.verification.join('; '),
})
