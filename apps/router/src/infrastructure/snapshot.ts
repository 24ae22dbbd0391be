import { ArtifactService } from '@iama/contracts/iama/jobs/v1/artifact'
import type { Tree, TreeFile } from '@iama/patch'
import type { Client } from '@iama/rpc'

interface Entry {
  readonly path: string
  readonly executable: boolean
  readonly linkTarget: string
  readonly address: string
  readonly size: number
}

/** Contents fetched at the same time. */
const LANES = 16

/** Reads a snapshot's regular files from the artifact service. */
export class Snapshots {
  readonly #artifacts: Client<typeof ArtifactService>

  constructor(artifacts: Client<typeof ArtifactService>) {
    this.#artifacts = artifacts
  }

  async read(tenantId: string, manifest: string, signal: AbortSignal): Promise<Tree> {
    const { entries } = JSON.parse((await this.#get(tenantId, manifest, signal)).toString()) as { entries: Entry[] }
    const files = entries.filter((entry) => entry.linkTarget === '')
    const contents = new Map<string, TreeFile>()
    const waiting = files.values()
    const lane = async (): Promise<void> => {
      for (const { path, address, executable } of waiting) {
        contents.set(path, { content: await this.#get(tenantId, address, signal), executable })
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
    return new Map(files.map(({ path }) => [path, contents.get(path)!]))
  }

  async #get(tenantId: string, address: string, signal: AbortSignal): Promise<Buffer> {
    const chunks: Uint8Array[] = []
    for await (const { chunk } of this.#artifacts.get({ tenantId, address }, { signal })) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
}
