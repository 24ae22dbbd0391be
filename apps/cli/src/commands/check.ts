import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'

import { toJson } from '@bufbuild/protobuf'
import { AttemptSummarySchema, JobState, type Job } from '@iama/contracts/iama/jobs/v1/job'
import { formatPatch, patchHash, touchedPaths, type Patch } from '@iama/patch'
import { openVerdict, type SignedVerdict } from '@iama/verdict/envelope'

import { expectFolder } from '../change/base-tree.ts'
import { givenChange, type ChangeFlags, type GivenChange } from '../change/given-change.ts'
import { clientsOf, type Cli } from '../cli.ts'
import type { Clients } from '../client.ts'
import { CliError, usageError } from '../errors.ts'
import { ExitCode } from '../exit-code.ts'
import { followJob } from '../follow.ts'
import { tellOutcome } from '../outcome.ts'
import { readProjectConfig } from '../project-config.ts'
import { submitFolder, type Snapshot } from '../snapshot.ts'
import { checkLines } from '../view/check.ts'
import { count, some } from '../view/format.ts'
import { oneLine } from '../view/style.ts'

export interface CheckFlags extends ChangeFlags {
  /** Globs of files that are not even submitted. */
  readonly exclude?: readonly string[]
  /** The command that runs the project's tests. */
  readonly test?: string
  /** Where the signed verdict is written; usually in the client's own folder. */
  readonly out?: string
}

const MAX_NAME = 200
/** How long a check that nobody waits for any more is tried to be stopped, in milliseconds. */
const CANCEL_MS = 5_000
const SHOWN = 10
/** Characters that the server takes of a patch. */
const MOST_PATCH = 2_000_000

interface Submitted {
  readonly change: GivenChange
  readonly patch: Patch
  readonly dir: string
}

const expectSendable = (patch: Patch): void => {
  if (formatPatch(patch).length <= MOST_PATCH) return
  throw usageError(
    `the patch has more than ${MOST_PATCH} characters`,
    'Check it in parts, or leave generated files out with --exclude.',
  )
}

/** What the sandbox never gets to see cannot be changed there. */
const expectSubmitted = (patch: Patch, { files }: Snapshot): void => {
  const known = new Set(files.map(({ path: name }) => name))
  const unknown = touchedPaths(patch).base.filter((name) => !known.has(name))
  if (unknown.length === 0) return
  throw usageError(
    `the patch changes files that are ignored or excluded: ${some(unknown.map(oneLine), SHOWN).join(', ')}`,
    'Leave them out of the patch, or out of --exclude.',
  )
}

const startCheck = async (
  cli: Cli,
  clients: Clients,
  { change, patch, dir }: Submitted,
  { exclude, test }: { readonly exclude: readonly string[]; readonly test: string },
): Promise<string> => {
  const { base } = change
  const snapshot = await submitFolder(cli, clients, base.dir, exclude, base.environment)
  expectSubmitted(patch, snapshot)
  const { job } = await clients.jobs.createJob(
    {
      requestId: randomUUID(),
      snapshotId: snapshot.id,
      name: oneLine(path.basename(path.resolve(dir))).slice(0, MAX_NAME),
      options: { goal: 'check', testCommand: test },
      checkPatchJson: formatPatch(patch),
    },
    { signal: cli.signal },
  )
  if (!job) throw new Error('the server answered without a job')
  const { all } = touchedPaths(patch)
  cli.out.note(
    `job ${job.id}: check of ${change.name}: ${count(patch.edits.length, 'edit')} in ${count(all.length, 'file')}`,
  )
  return job.id
}

/** Starts a check and follows it to its end; after Ctrl-C it is stopped, for nobody will read its verdict. */
const runCheck = async (cli: Cli, clients: Clients, jobId: string): Promise<Job> => {
  try {
    await clients.jobs.startJob({ jobId, requestId: randomUUID() }, { signal: cli.signal })
    return await followJob(cli, clients, jobId, { to: 'note', withoutVerdicts: true })
  } finally {
    if (cli.signal.aborted) await stop(cli, clients, jobId)
  }
}

const stop = async ({ out }: Cli, clients: Clients, jobId: string): Promise<void> => {
  try {
    const signal = AbortSignal.timeout(CANCEL_MS)
    await clients.jobs.cancelJob({ jobId, requestId: randomUUID() }, { signal })
    out.note(`job ${jobId} is cancelled`)
  } catch {
    out.note(out.noteStyle.yellow(`job ${jobId} may still run; iama cancel ${jobId} stops it`))
  }
}

/** The signed verdict, which must be about this patch and say what the server says. */
const fetchVerdict = async (
  cli: Cli,
  clients: Clients,
  job: Job,
  patch: Patch,
): Promise<{ text: string; signed: SignedVerdict }> => {
  const { verdictJson: text } = await clients.jobs.getVerdict({ jobId: job.id }, { signal: cli.signal })
  const signed = openVerdict(text)
  const { result, patch: judged } = signed.body
  if (judged !== patchHash(patch) || (result === 'pass') !== job.check?.result?.green)
    throw new CliError(ExitCode.server, 'VERDICT_ON_ANOTHER_PATCH', 'the verdict is not about the patch that was sent')
  return { text, signed }
}

const tell = async (cli: Cli, clients: Clients, job: Job, given: Submitted, out?: string): Promise<ExitCode> => {
  const { text, signed } = await fetchVerdict(cli, clients, job, given.patch)
  const file =
    out === undefined ? await cli.store.saveVerdict(path.resolve(given.dir), job.id, text) : path.resolve(out)
  if (out !== undefined) await writeFile(file, `${text}\n`)
  const { result, tests } = job.check!
  const exitCode = result!.green ? ExitCode.ok : ExitCode.jobFailed
  cli.out.event({
    type: 'check',
    jobId: job.id,
    exitCode,
    green: result!.green,
    result: toJson(AttemptSummarySchema, result!),
    notCovered: tests?.notCovered ?? [],
    verdictFile: file,
    fingerprint: signed.fingerprint,
    base: signed.body.base,
    patch: signed.body.patch,
    patched: signed.body.patched,
  })
  cli.out.data(`${checkLines(job, { file, fingerprint: signed.fingerprint }, cli.out.style).join('\n')}\n`)
  return exitCode
}

/** `iama check <dir>`: what the gates say about a change that somebody else made; writes nothing into the folder. */
export const check = async (
  cli: Cli,
  stdin: NodeJS.ReadableStream,
  dir: string,
  flags: CheckFlags,
): Promise<ExitCode> => {
  await expectFolder(dir)
  await using change = await givenChange(cli, stdin, dir, flags)
  // the settings before the change: one that makes the tests weaker must not be judged by them
  const config = await readProjectConfig(change.base.dir)
  const exclude = flags.exclude ?? config.exclude ?? []
  const patch = await change.patch(exclude)
  if (patch.edits.length === 0) {
    cli.out.event({ type: 'check', exitCode: ExitCode.ok, green: null, message: 'nothing changed' })
    cli.out.note(`nothing to check: ${change.name} changes nothing in ${dir}`)
    return ExitCode.ok
  }
  expectSendable(patch)
  const clients = await clientsOf(cli)
  const given = { change, patch, dir }
  const jobId = await startCheck(cli, clients, given, { exclude, test: flags.test ?? config.test ?? '' })
  const job = await runCheck(cli, clients, jobId)
  if (cli.signal.aborted || job.state !== JobState.CHECKED) return tellOutcome(cli, job)
  return await tell(cli, clients, job, given, flags.out)
}
