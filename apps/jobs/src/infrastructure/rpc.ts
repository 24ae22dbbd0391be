import { ArtifactService } from '@iama/contracts/iama/jobs/v1/artifact'
import { LifecycleService } from '@iama/contracts/iama/jobs/v1/lifecycle'
import { OperatorService } from '@iama/contracts/iama/jobs/v1/operator'
import { JobService } from '@iama/contracts/iama/jobs/v1/service'
import type { ServiceImplementation } from '@iama/rpc'
import type { CallerMatrix } from '@iama/security'
import type { JobsApplication } from '../application/jobs-application.ts'
import { artifactService } from './rpc-artifacts.ts'
import { lifecycleService } from './rpc-lifecycle.ts'
import { operatorService } from './rpc-operator.ts'
import { jobService } from './rpc-public.ts'

/** Everything that the service answers. */
export const jobsRpc = (app: JobsApplication): ServiceImplementation[] => [
  jobService(app),
  lifecycleService(app),
  artifactService(app.artifacts),
  operatorService(app.killJobs),
]

/** Who may call what. */
export const callers: CallerMatrix = {
  [JobService.typeName]: ['people'],
  [LifecycleService.typeName]: ['worker'],
  [OperatorService.typeName]: ['monitoring'],
  [ArtifactService.typeName]: ['worker', 'router', 'sandbox', 'delivery'],
}
