import { toJson } from '@bufbuild/protobuf'
import { GetJobCostResponseSchema } from '@iama/contracts/iama/router/v1/model'

import { clientsOf, type Cli } from '../cli.ts'
import { ExitCode } from '../exit-code.ts'
import { readJob } from '../follow.ts'
import { costLines } from '../view/cost.ts'

/** `iama cost <job>`: what the models of a job have used so far, and what its budget leaves. */
export const cost = async (cli: Cli, jobId: string): Promise<ExitCode> => {
  const clients = await clientsOf(cli)
  // the job first: who may not see it is told so, instead of a bill of nothing
  const job = await readJob(cli, clients, jobId)
  const found = await clients.models.getJobCost({ jobId }, { signal: cli.signal })
  const budget = job.options?.budgetMicros ?? 0n
  const { out } = cli
  const json = toJson(GetJobCostResponseSchema, found, { alwaysEmitImplicit: true }) as Record<string, unknown>
  out.event({ type: 'cost', jobId, budgetMicros: String(budget), ...json })
  out.data(`${costLines(found, budget, out.style).join('\n')}\n`)
  return ExitCode.ok
}
