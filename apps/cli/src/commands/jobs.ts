import { toJson } from '@bufbuild/protobuf'
import { JobSchema } from '@iama/contracts/iama/jobs/v1/job'

import { clientsOf, type Cli } from '../cli.ts'
import { ExitCode } from '../exit-code.ts'
import { jobsLines } from '../view/jobs.ts'

const PAGE = 100

/** `iama jobs`: the newest jobs of the tenant. */
export const jobs = async (cli: Cli, most: number): Promise<ExitCode> => {
  const clients = await clientsOf(cli)
  const found = []
  let pageToken = ''
  do {
    const page = await clients.jobs.listJobs(
      { pageSize: Math.min(PAGE, most - found.length), pageToken },
      { signal: cli.signal },
    )
    found.push(...page.jobs)
    pageToken = page.nextPageToken
  } while (pageToken !== '' && found.length < most)
  for (const job of found) cli.out.event({ type: 'job', job: toJson(JobSchema, job) })
  if (found.length > 0) cli.out.data(`${jobsLines(found).join('\n')}\n`)
  else cli.out.note('no jobs yet')
  return ExitCode.ok
}
