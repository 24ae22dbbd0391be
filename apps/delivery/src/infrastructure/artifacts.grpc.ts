import { ArtifactService } from '@iama/contracts/iama/jobs/v1/artifact'
import type { Tree, TreeFile } from '@iama/patch'
import type { Client } from '@iama/rpc'
import type { Artifacts } from '../application/ports.ts'

interface Entry {
  readonly path: string
  readonly executable: boolean
  readonly linkTarget: string
  readonly address: string
}

/** Contents fetched at the same time. */
const LANES = 16

export class GrpcArtifacts implements Artifacts {
  readonly #artifacts: Client<typeof ArtifactService>

  constructor(artifacts: Client<typeof ArtifactService>) {
    this.#artifacts = artifacts
  }

  async read(tenantId: string, address: string): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    for await (const { chunk } of this.#artifacts.get({ tenantId, address })) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  async tree(tenantId: string, manifest: string): Promise<Tree> {
    const text = Buffer.from(await this.read(tenantId, manifest)).toString()
    const files = (JSON.parse(text) as { entries: Entry[] }).entries.filter((entry) => entry.linkTarget === '')
    const contents = new Map<string, TreeFile>()
    const waiting = files.values()
    const lane = async (): Promise<void> => {
      for (const { path, address, executable } of waiting) {
        contents.set(path, { content: await this.read(tenantId, address), executable })
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
    return new Map(files.map(({ path }) => [path, contents.get(path)!]))
  }
}
