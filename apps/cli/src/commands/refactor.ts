import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import path from 'node:path'

import { JobState, type Job } from '@iama/contracts/iama/jobs/v1/job'

import { clientsOf, type Cli } from '../cli.ts'
import type { Clients } from '../client.ts'
import { driveJob } from '../drive.ts'
import { usageError, type CliError } from '../errors.ts'
import type { ExitCode } from '../exit-code.ts'
import type { KnownJob } from '../job-store.ts'
import { outcomeOf, tellOutcome } from '../outcome.ts'
import { mergeOptions, readProjectConfig, type RefactorOptions } from '../project-config.ts'
import { submitFolder } from '../snapshot.ts'
import { recoverTree } from '../tree.ts'
import { isTested } from '../view/analysis.ts'
import { declareModels } from '../view/models.ts'
import { money, parseUsd } from '../view/money.ts'
import { oneLine } from '../view/style.ts'
import { summaryLines } from '../view/summary.ts'
import { expectWhole } from '../workspace.ts'

export interface RefactorFlags extends Partial<RefactorOptions> {
  /** Takes the first proposal and approves its spec without asking. */
  readonly yes: boolean
  /** Flags of `npm start`, which a user of a model is likely to try here. */
  readonly modelEndpoint?: string
  readonly model?: string
  readonly modelKeyEnv?: string
}

const MAX_NAME = 200

/** Models belong to the system, which alone calls them and keeps their keys. */
const declaredElsewhere = (): CliError =>
  usageError(
    'a job does not name models: the system knows them, and --engine model lets them work',
    ...declareModels,
    'iama models                                       those it has',
  )

const terms = (engine: string, budgetMicros: bigint): string[] => [
  ...(engine === '' ? [] : [engine === 'model' ? 'by models' : 'by the offline engine']),
  ...(budgetMicros === 0n ? [] : [`for at most ${money(budgetMicros, 'USD')}`]),
]

const startJob = async (cli: Cli, clients: Clients, dir: string, flags: RefactorFlags): Promise<KnownJob> => {
  const { yes, modelEndpoint, model, modelKeyEnv, ...given } = flags
  if (modelEndpoint !== undefined || model !== undefined || modelKeyEnv !== undefined) throw declaredElsewhere()
  if (!(await stat(dir).catch(() => undefined))?.isDirectory()) throw usageError(`${dir} is not a folder`)
  const options = mergeOptions(await readProjectConfig(dir), given)
  await expectWhole(dir)
  await recoverTree(cli, dir)
  const snapshot = await submitFolder(cli, clients, dir, options.exclude)
  const { goal, target, include, recipes, skip, evidence, test, engine, budget } = options
  const budgetMicros = parseUsd(budget) ?? 0n
  const { job } = await clients.jobs.createJob(
    {
      requestId: randomUUID(),
      snapshotId: snapshot.id,
      name: oneLine(path.basename(snapshot.root)).slice(0, MAX_NAME),
      options: {
        goal,
        target,
        include: [...include],
        recipes: [...recipes],
        skip: [...skip],
        evidence,
        testCommand: test,
        autoApprove: yes,
        attached: false,
        engine,
        budgetMicros,
      },
    },
    { signal: cli.signal },
  )
  if (!job) throw new Error('the server answered without a job')
  const files = snapshot.files.map(({ path: name, sha256, executable }) => ({ path: name, sha256, executable }))
  const known: KnownJob = { version: 1, jobId: job.id, server: clients.server, dir: snapshot.root, files }
  await cli.store.save(known)
  cli.out.note(
    [`job ${job.id}: ${goal}`, ...(target === '' ? [] : [`up to ${target}`]), ...terms(engine, budgetMicros)].join(
      ', ',
    ),
  )
  await clients.jobs.startJob({ jobId: job.id, requestId: randomUUID() }, { signal: cli.signal })
  return known
}

/** A verdict without tests is worth less, and whoever accepts it has to know. */
const untested =
  'CHARACTERIZATION ONLY: this project has no tests; calls made up from its code are all that speaks for the patch. ' +
  'Read the diff before you accept it'

/** Shows the end of a job: the table with the patch's place as data, everything else as notes. */
const summarise = async (cli: Cli, clients: Clients, job: Job, known: KnownJob): Promise<ExitCode> => {
  const { out } = cli
  if (job.state !== JobState.DELIVERED) return tellOutcome(cli, job)
  const { diff } = await clients.jobs.getPatch({ jobId: job.id }, { signal: cli.signal })
  const patchFile = await cli.store.savePatch(known, diff)
  out.event({ type: 'patch', jobId: job.id, file: patchFile })
  const { next } = outcomeOf(job)
  out.data(`${summaryLines(job, { patchFile, next: next.map((command) => `  ${command}`) }, out.style).join('\n')}\n`)
  if (out.json) return tellOutcome(cli, job)
  out.note(out.noteStyle.green('the patch is verified and ready; your files are as they were'))
  if (job.analysis && !isTested(job.analysis)) out.note(out.noteStyle.yellow(untested))
  return outcomeOf(job).exitCode
}

/** `iama refactor <dir>`: submits a folder, follows the job to its patch, changes nothing. */
export const refactor = async (cli: Cli, dir: string, flags: RefactorFlags): Promise<ExitCode> => {
  const clients = await clientsOf(cli)
  const known = await startJob(cli, clients, dir, flags)
  const job = await driveJob(cli, clients, known.jobId, { to: 'note' })
  return summarise(cli, clients, job, known)
}
