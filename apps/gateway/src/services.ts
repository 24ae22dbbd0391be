import type { DescMethod, DescService } from '@bufbuild/protobuf'
import { AuthService } from '@iama/contracts/iama/auth/v1/service'
import { BillingService } from '@iama/contracts/iama/billing/v1/service'
import { ComplianceService } from '@iama/contracts/iama/compliance/v1/service'
import { DeliveryService } from '@iama/contracts/iama/delivery/v1/service'
import { JobService } from '@iama/contracts/iama/jobs/v1/service'
import { MonitoringService } from '@iama/contracts/iama/monitoring/v1/service'
import { ModelService } from '@iama/contracts/iama/router/v1/model'
import { VerdictKeyService } from '@iama/contracts/iama/sandbox/v1/verdict_key'

/** Where calls go; also the audience of the tokens that go with them. */
export type Target = 'auth' | 'jobs' | 'router' | 'billing' | 'delivery' | 'compliance' | 'monitoring' | 'sandbox'

export interface PublicService {
  readonly service: DescService
  readonly target: Target
  /** Methods that are called before anybody is signed in, by local name. */
  readonly open: readonly string[]
}

/** What clients can reach. What is not listed does not exist for them. */
export const publicServices: readonly PublicService[] = [
  { service: AuthService, target: 'auth', open: ['register', 'login', 'refresh', 'logout'] },
  { service: JobService, target: 'jobs', open: [] },
  { service: ModelService, target: 'router', open: [] },
  { service: BillingService, target: 'billing', open: [] },
  { service: DeliveryService, target: 'delivery', open: [] },
  { service: ComplianceService, target: 'compliance', open: [] },
  { service: MonitoringService, target: 'monitoring', open: [] },
  { service: VerdictKeyService, target: 'sandbox', open: [] },
]

/** Whether the method is called without a credential. */
export const isOpen = ({ open }: PublicService, method: DescMethod): boolean => open.includes(method.localName)
