import { randomUUID } from 'node:crypto'

import { toJson } from '@bufbuild/protobuf'
import { JobSchema } from '@iama/contracts/iama/jobs/v1/job'

import { clientsOf, type Cli } from '../cli.ts'
import { ExitCode } from '../exit-code.ts'

/** `iama cancel <job>`: stops a job; nothing of it was in the tree. */
export const cancel = async (cli: Cli, jobId: string): Promise<ExitCode> => {
  const clients = await clientsOf(cli)
  const { job } = await clients.jobs.cancelJob({ jobId, requestId: randomUUID() }, { signal: cli.signal })
  if (job) cli.out.event({ type: 'job', job: toJson(JobSchema, job) })
  cli.out.note(`job ${jobId} is cancelled`)
  return ExitCode.ok
}
