import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { WipeEvidence } from '../../domain/wipe-evidence.ts'
import { unlessGone } from './folder-handles.ts'

/** Evidence of wipes on disk, until somebody has recorded it for good: a crash in between loses no proof. */
export class EvidenceStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async keep(evidence: WipeEvidence): Promise<void> {
    const file = this.#file(evidence.sandboxId)
    await writeFile(`${file}.part`, JSON.stringify(evidence), { mode: 0o600 })
    await rename(`${file}.part`, file)
  }

  async find(sandboxId: string): Promise<WipeEvidence | undefined> {
    const text = await unlessGone(readFile(this.#file(sandboxId), 'utf8'))
    if (text === undefined) return undefined
    const evidence = JSON.parse(text) as WipeEvidence
    return { ...evidence, startedAt: new Date(evidence.startedAt), finishedAt: new Date(evidence.finishedAt) }
  }

  async all(): Promise<WipeEvidence[]> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('.json'))
    const found = await Promise.all(names.map((name) => this.find(path.basename(name, '.json'))))
    return found.filter((evidence) => evidence !== undefined)
  }

  async forget(sandboxId: string): Promise<void> {
    await rm(this.#file(sandboxId), { force: true })
  }

  #file(sandboxId: string): string {
    return path.join(this.#folder, `${path.basename(sandboxId)}.json`)
  }
}
