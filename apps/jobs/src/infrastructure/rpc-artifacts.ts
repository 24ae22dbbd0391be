import { ArtifactService } from '@iama/contracts/iama/jobs/v1/artifact'
import { DomainError, InvalidRequest } from '@iama/kernel'
import { implement, type ServiceImplementation } from '@iama/rpc'
import { tenantOf } from '@iama/security'
import { MOST_ADDRESSES, packContents } from '@iama/snapshot'
import { atOnce } from '../application/at-once.ts'
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

    async *getMany({ tenantId, addresses }, { principal }) {
      if (addresses.length > MOST_ADDRESSES) throw tooMany(addresses.length)
      yield* packContents(contentsOf(artifacts, tenantOf(principal, tenantId), addresses))
    },

    stat: async (request, context) => {
      const { exists, size } = await artifacts.stat(tenantOf(context.principal, request.tenantId), request.address)
      return { exists, size: BigInt(size) }
    },
  })

const headerMissing = (): InvalidRequest =>
  new InvalidRequest([{ field: 'part', reason: 'the header did not come first', fix: 'send the header, then chunks' }])

const tooMany = (count: number): InvalidRequest =>
  new InvalidRequest([{ field: 'addresses', reason: `are ${count}`, fix: `send at most ${MOST_ADDRESSES}` }])

/** Contents that are read at the same time. */
const READS = 16

async function* contentsOf(
  artifacts: ArtifactStore,
  tenantId: string,
  addresses: readonly string[],
): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < addresses.length; from += READS) {
    yield* await atOnce(READS, addresses.slice(from, from + READS), (address) => artifacts.get(tenantId, address))
  }
}
