import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { ComplianceService } from '@iama/contracts/iama/compliance/v1/service'
import { InvalidRequest } from '@iama/kernel'
import { implement, type CallContext, type ServiceImplementation } from '@iama/rpc'
import { requirePermission, tenantOf, type CallerMatrix } from '@iama/security'
import type { ListRecords } from '../application/list-records.ts'
import type { VerifyAudit } from '../application/verify-audit.ts'
import type { AuditRecord } from '../domain/chain.ts'

/** Who may call what. */
export const callers: CallerMatrix = { [ComplianceService.typeName]: ['people'] }

/** Every use case that is called. */
export interface ComplianceUseCases {
  readonly listRecords: ListRecords
  readonly verifyAudit: VerifyAudit
}

const PAGE = { usual: 100, most: 500 }

export const complianceRpc = ({ listRecords, verifyAudit }: ComplianceUseCases): ServiceImplementation[] => [
  implement(ComplianceService, {
    listAuditRecords: async ({ pageSize, pageToken }, context) => {
      const size = pageSize <= 0 ? PAGE.usual : Math.min(pageSize, PAGE.most)
      const { records, next } = await listRecords.execute(auditor(context), positionOf(pageToken), size)
      return { records: records.map(toWire), nextPageToken: next === undefined ? '' : String(next) }
    },

    verifyAudit: async (_request, context) => {
      const { flaw, sound } = await verifyAudit.execute(auditor(context), context.signal)
      return {
        valid: flaw === undefined,
        records: BigInt(sound.records),
        firstBrokenPosition: BigInt(flaw?.position ?? 0),
        reason: flaw?.reason ?? '',
        headHash: hex(sound.hash),
      }
    },
  }),
]

const auditor = ({ principal }: CallContext): string => {
  requirePermission(principal, 'audit.read')
  return tenantOf(principal)
}

/** The token of a page is the last position of the page before. */
const positionOf = (token: string): number => {
  if (token === '') return 0
  if (!/^[1-9]\d{0,14}$/.test(token)) {
    throw new InvalidRequest([{ field: 'page_token', reason: 'is unknown', fix: 'send the one you were given' }])
  }
  return Number(token)
}

const toWire = (record: AuditRecord) => ({
  position: BigInt(record.position),
  eventId: record.eventId,
  type: record.type,
  source: record.source,
  subject: record.subject,
  occurredAt: timestampFromMs(Number(record.occurredAtMicros / 1_000n)),
  payloadSha256: hex(record.payloadSha256),
  previousHash: hex(record.previousHash),
  hash: hex(record.hash),
})

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
