import { EntitySchema } from 'typeorm'
import type { StoredDelivery } from '../application/ports.ts'
import type { DeliveryState } from '../domain/delivery.ts'

export interface DeliveryRow {
  tenantId: string
  jobId: string
  state: DeliveryState
  manifest: string
  patch: string
  baseTreeHash: string
  patchedTreeHash: string
  patchSha256: string
  verdictSha256: string
  specRevision: string
  engine: string
  preparedAt: Date
  appliedAt: Date | null
  revertedAt: Date | null
}

export const deliveryRows = new EntitySchema<DeliveryRow>({
  name: 'deliveries',
  columns: {
    tenantId: { name: 'tenant_id', type: 'uuid', primary: true },
    jobId: { name: 'job_id', type: 'uuid', primary: true },
    state: { type: 'text' },
    manifest: { type: 'text' },
    patch: { type: 'text' },
    baseTreeHash: { name: 'base_tree_hash', type: 'text' },
    patchedTreeHash: { name: 'patched_tree_hash', type: 'text' },
    patchSha256: { name: 'patch_sha256', type: 'text' },
    verdictSha256: { name: 'verdict_sha256', type: 'text' },
    specRevision: { name: 'spec_revision', type: 'text' },
    engine: { type: 'text' },
    preparedAt: { name: 'prepared_at', type: 'timestamptz' },
    appliedAt: { name: 'applied_at', type: 'timestamptz', nullable: true },
    revertedAt: { name: 'reverted_at', type: 'timestamptz', nullable: true },
  },
})

export const toRow = (tenantId: string, { delivery, manifest, provenance }: StoredDelivery): DeliveryRow => ({
  tenantId,
  ...delivery,
  manifest,
  patchSha256: provenance.patchSha256,
  verdictSha256: provenance.verdictSha256,
  specRevision: provenance.specRevision,
  engine: provenance.engine,
})

export const fromRow = (row: DeliveryRow): StoredDelivery => {
  const { jobId, state, patch, baseTreeHash, patchedTreeHash, preparedAt, appliedAt, revertedAt } = row
  const { patchSha256, verdictSha256, specRevision, engine, manifest } = row
  return {
    delivery: { jobId, state, patch, baseTreeHash, patchedTreeHash, preparedAt, appliedAt, revertedAt },
    manifest,
    provenance: {
      baseTreeHash,
      patchedTreeHash,
      patchSha256,
      verdictSha256,
      specRevision,
      engine,
      recordedAt: preparedAt,
    },
  }
}
