import { ArtifactService } from '@iama/contracts/iama/jobs/v1/artifact'
import { DomainError, InvalidRequest } from '@iama/kernel'
import { implement, type ServiceImplementation } from '@iama/rpc'
import { tenantOf } from '@iama/security'
import type { ArtifactStore } from '../application/ports.ts'

const CHUNK = 256 * 1024
const MOST_BYTES = 256 * 1024 * 1024

/** A single artifact is larger than the store takes. */
export class ArtifactTooLarge extends DomainError {
  readonly code = 'ARTIFACT_TOO_LARGE'
  override readonly kind = 'exhausted'
}

export const artifactService = (artifacts: ArtifactStore): ServiceImplementation =>
  implement(ArtifactService, {
    put: async (requests, context) => {
      let tenantId = ''
      let size = 0
      const chunks: Uint8Array[] = []
      for await (const { part } of requests) {
        if (part.case === 'header') tenantId = tenantOf(context.principal, part.value.tenantId)
        if (part.case !== 'chunk') continue
        size += part.value.length
        if (size > MOST_BYTES) throw new ArtifactTooLarge(`an artifact has at most ${MOST_BYTES} bytes`)
        chunks.push(part.value)
      }
      if (tenantId === '') throw headerMissing()
      return { address: await artifacts.put(tenantId, Buffer.concat(chunks)), size: BigInt(size) }
    },

    async *get(request, context) {
      const content = await artifacts.get(tenantOf(context.principal, request.tenantId), request.address)
      for (let at = 0; at < content.length; at += CHUNK) yield { chunk: content.subarray(at, at + CHUNK) }
    },

    stat: async (request, context) => {
      const { exists, size } = await artifacts.stat(tenantOf(context.principal, request.tenantId), request.address)
      return { exists, size: BigInt(size) }
    },
  })

const headerMissing = (): InvalidRequest =>
  new InvalidRequest([{ field: 'part', reason: 'the header did not come first', fix: 'send the header, then chunks' }])
