import { createHash } from 'node:crypto'
import { ArtifactService } from '@iama/contracts/iama/jobs/v1/artifact'
import { DomainError } from '@iama/kernel'
import { client, implement, serve, type Client, type ServiceImplementation } from '@iama/rpc'
import { packContents } from '@iama/snapshot'
import { accessControl, tenantOf, tokenVerifier } from '@iama/security'
import type { TestIdentity } from './identity.ts'

class ArtifactNotFound extends DomainError {
  readonly code = 'ARTIFACT_NOT_FOUND'
  override readonly kind = 'not-found'
}

/**
 * A gRPC server of the artifact contract for the component tests of those that read contents: one app's tests may not
 * start another app. Tokens and tenants count as they do in `jobs`; contents are in memory.
 */
export interface ArtifactServer {
  readonly address: string
  /** Where a caller named `worker` puts and reads. */
  readonly artifacts: Client<typeof ArtifactService>
  /** Addresses that were asked for, in order. */
  readonly asked: string[]
  /** Stores a content. @returns its address */
  put(tenantId: string, content: string | Uint8Array): string
  /** Stores a snapshot of files by path; those whose path ends in `!` are executable. @returns its manifest's address */
  snapshot(tenantId: string, files: Readonly<Record<string, string>>): string
  stop(): Promise<void>
}

/** Nothing ever comes from this address. */
export const NEVER = 'never'

export const startArtifacts = async (identity: TestIdentity): Promise<ArtifactServer> => {
  const stored = new Map<string, Uint8Array>()
  const asked: string[] = []
  const put = (tenantId: string, content: string | Uint8Array): string => {
    const bytes = Buffer.from(content)
    const address = createHash('sha256').update(`${tenantId}:`).update(bytes).digest('hex')
    stored.set(`${tenantId}/${address}`, bytes)
    return address
  }
  const access = accessControl({
    matrix: { [ArtifactService.typeName]: ['worker', 'router', 'sandbox', 'delivery'] },
    verifier: tokenVerifier({ audience: 'jobs', keys: identity.keys }),
  })
  const server = await serve({
    services: [artifactService(stored, asked, put)],
    address: '127.0.0.1:0',
    authenticate: access.authenticate,
    interceptors: [access.interceptor],
    logger: { debug: () => undefined, warn: () => undefined, error: () => undefined },
  })
  return {
    address: server.address,
    artifacts: client(ArtifactService, server.address, { token: () => identity.service('worker', 'jobs') }),
    asked,
    put,
    snapshot: (tenantId, files) => {
      const entries = Object.entries(files).map(([path, text]) => ({
        path: path.replace(/!$/, ''),
        executable: path.endsWith('!'),
        linkTarget: '',
        address: put(tenantId, text),
      }))
      return put(tenantId, JSON.stringify({ version: 1, entries }))
    },
    stop: () => server.stop(),
  }
}

const artifactService = (
  stored: ReadonlyMap<string, Uint8Array>,
  asked: string[],
  put: (tenantId: string, content: Uint8Array) => string,
): ServiceImplementation => {
  const find = async (tenantId: string, address: string, signal: AbortSignal): Promise<Uint8Array> => {
    asked.push(address)
    if (address === NEVER) await new Promise((_, reject) => signal.addEventListener('abort', reject))
    const content = stored.get(`${tenantId}/${address}`)
    if (!content) throw new ArtifactNotFound('the tenant has nothing there')
    return content
  }
  return implement(ArtifactService, {
    put: async (requests, { principal }) => {
      let tenantId = ''
      const chunks: Uint8Array[] = []
      for await (const { part } of requests) {
        if (part.case === 'header') tenantId = tenantOf(principal, part.value.tenantId)
        else if (part.case === 'chunk') chunks.push(part.value)
      }
      const content = Buffer.concat(chunks)
      return { address: put(tenantId, content), size: BigInt(content.length) }
    },
    async *get({ tenantId, address }, { principal, signal }) {
      const content = await find(tenantOf(principal, tenantId), address, signal)
      const chunk = 256 * 1024
      for (let at = 0; at < content.length; at += chunk) yield { chunk: content.subarray(at, at + chunk) }
    },
    async *getMany({ tenantId, addresses }, { principal, signal }) {
      const owner = tenantOf(principal, tenantId)
      async function* contents() {
        for (const address of addresses) yield await find(owner, address, signal)
      }
      yield* packContents(contents())
    },
    stat: async ({ tenantId, address }, { principal }) => {
      const content = stored.get(`${tenantOf(principal, tenantId)}/${address}`)
      return { exists: content !== undefined, size: BigInt(content?.length ?? 0) }
    },
  })
}
