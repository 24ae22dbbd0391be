import { OperatorService } from '@iama/contracts/iama/jobs/v1/operator'
import { implement, type ServiceImplementation } from '@iama/rpc'
import type { KillJobs } from '../application/kill-jobs.ts'
import { RequestCheck } from './rpc-requests.ts'

/** What `monitoring` asks for in the name of an operator. */
export const operatorService = (killJobs: KillJobs): ServiceImplementation =>
  implement(OperatorService, {
    killJobs: async ({ onlyTenant: tenantId, onlyJob: jobId, operatorId }) => {
      const check = new RequestCheck().uuid('operator_id', operatorId)
      if (tenantId !== '') check.uuid('only_tenant', tenantId)
      if (jobId !== '') check.uuid('only_job', jobId)
      check.done()
      const which = { ...(tenantId !== '' && { tenantId }), ...(jobId !== '' && { jobId }) }
      const { killed, spared, more } = await killJobs.execute({ ...which, operatorId })
      return { killed: [...killed], spared: [...spared], more }
    },
  })
