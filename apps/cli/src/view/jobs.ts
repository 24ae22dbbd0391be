import { timestampDate } from '@bufbuild/protobuf/wkt'
import type { Job } from '@iama/contracts/iama/jobs/v1/job'

import { stateName } from './states.ts'
import { oneLine } from './style.ts'
import { table } from './table.ts'

const when = (job: Job): string =>
  job.createdAt ? timestampDate(job.createdAt).toISOString().slice(0, 16).replace('T', ' ') : ''

/** A list of jobs, times in UTC. */
export const jobsLines = (jobs: readonly Job[]): string[] =>
  table(
    [
      { title: 'JOB' },
      { title: 'CREATED' },
      { title: 'STATE' },
      { title: 'GOAL' },
      { title: 'EDITS', align: 'right' },
      { title: 'NAME' },
    ],
    jobs.map((job) => [
      job.id,
      when(job),
      [stateName(job.state), job.waitingReason || job.failureCode].filter((text) => text !== '').join(' '),
      oneLine(job.options?.goal ?? ''),
      job.delivery ? String(job.delivery.edits) : '',
      oneLine(job.name),
    ]),
  )
