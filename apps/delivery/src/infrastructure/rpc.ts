import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { DeliveryInternalService } from '@iama/contracts/iama/delivery/v1/internal'
import { DeliveryService } from '@iama/contracts/iama/delivery/v1/service'
import { InvalidRequest, isUuid } from '@iama/kernel'
import { implement, type CallContext, type ServiceImplementation } from '@iama/rpc'
import { requirePermission, tenantOf, type CallerMatrix } from '@iama/security'
import type { PrepareBundle } from '../application/prepare-bundle.ts'
import type { ReadBundle } from '../application/read-bundle.ts'
import type { RecordOutcome } from '../application/record-outcome.ts'

/** Who may call what. */
export const callers: CallerMatrix = {
  [DeliveryService.typeName]: ['people'],
  [DeliveryInternalService.typeName]: ['worker'],
}

/** Every use case of the service. */
export interface DeliveryUseCases {
  readonly prepareBundle: PrepareBundle
  readonly readBundle: ReadBundle
  readonly recordOutcome: RecordOutcome
}

export const deliveryRpc = ({
  prepareBundle,
  readBundle,
  recordOutcome,
}: DeliveryUseCases): ServiceImplementation[] => [
  implement(DeliveryService, {
    getBundle: async ({ jobId, inverse }, context) => {
      const { files, treeHash } = await readBundle.execute(reader(context), checked(jobId), inverse)
      return {
        files: files.map(({ path, before, after, content, executable }) => ({
          path,
          beforeSha256: before,
          afterSha256: after,
          content,
          executable,
        })),
        treeHash,
      }
    },

    getDelivery: async ({ jobId }, context) => {
      const { state, preparedAt, appliedAt, revertedAt } = (await readBundle.delivery(reader(context), checked(jobId)))
        .delivery
      return {
        state,
        preparedAt: timestampFromDate(preparedAt),
        ...(appliedAt ? { appliedAt: timestampFromDate(appliedAt) } : {}),
        ...(revertedAt ? { revertedAt: timestampFromDate(revertedAt) } : {}),
      }
    },

    getProvenance: async ({ jobId }, context) => {
      const { provenance } = await readBundle.delivery(reader(context), checked(jobId))
      return { ...provenance, recordedAt: timestampFromDate(provenance.recordedAt) }
    },
  }),

  implement(DeliveryInternalService, {
    prepareBundle: async (request, context) => {
      const { jobId, specRevision, engine } = request
      const treeHash = await prepareBundle.execute({
        tenantId: tenantOf(context.principal, request.tenantId),
        jobId,
        manifest: request.manifestArtifact,
        patch: request.patchArtifact,
        verdict: request.verdictArtifact,
        specRevision,
        engine,
      })
      return { treeHash }
    },

    recordApplied: async ({ tenantId, jobId, treeHash }, context) => {
      await recordOutcome.execute('applied', tenantOf(context.principal, tenantId), jobId, treeHash)
      return {}
    },

    recordReverted: async ({ tenantId, jobId, treeHash }, context) => {
      await recordOutcome.execute('reverted', tenantOf(context.principal, tenantId), jobId, treeHash)
      return {}
    },
  }),
]

const reader = ({ principal }: CallContext): string => {
  requirePermission(principal, 'delivery.read')
  return tenantOf(principal)
}

const checked = (jobId: string): string => {
  if (!isUuid(jobId)) {
    throw new InvalidRequest([{ field: 'job_id', reason: 'is not a UUID', fix: 'send the id of a job' }])
  }
  return jobId
}
