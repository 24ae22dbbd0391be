import { lstat } from 'node:fs/promises'
import path from 'node:path'
import type { ProvisionRequest } from '../../application/ports.ts'
import type { WipeEvidence } from '../../domain/wipe-evidence.ts'
import { SandboxesExhausted, SandboxLost } from '../../domain/errors.ts'
import type { TreeName } from '../../domain/paths.ts'
import { unlessGone } from './folder-handles.ts'
import { makeOwnFolder } from './folders.ts'
import { EvidenceStore } from './evidence-store.ts'
import type { Host } from './host.ts'
import { removeFolder } from './remove-folder.ts'
import {
  createSessionFolder,
  findLeftovers,
  TOUCH_EVERY_MS,
  touchSession,
  treeFolder,
  type Session,
} from './session.ts'
import { wipe } from './wipe.ts'

/** The sandboxes of this replica. */
export class Sessions {
  readonly #host: Host
  readonly #options: { readonly maxSessions: number; readonly now: () => Date }
  readonly #sessions = new Map<string, Session>()
  readonly #evidence: EvidenceStore
  /** Destroying twice at once is done once. */
  readonly #wipes = new Map<string, Promise<WipeEvidence>>()
  readonly #touch: NodeJS.Timeout

  constructor(host: Host, options: { readonly maxSessions: number; readonly now: () => Date }) {
    this.#host = host
    this.#options = options
    this.#evidence = new EvidenceStore(host.folders.evidence)
    this.#touch = setInterval(() => {
      for (const session of this.#sessions.values()) void touchSession(session.folder).catch(() => {})
    }, TOUCH_EVERY_MS)
    this.#touch.unref()
  }

  find(sandboxId: string): Session | undefined {
    return this.#sessions.get(sandboxId)
  }

  /** Harmless when the sandbox is there already. */
  async create(request: ProvisionRequest): Promise<void> {
    if (this.#sessions.has(request.sandboxId)) return
    if (this.#sessions.size >= this.#options.maxSessions) throw new SandboxesExhausted(this.#options.maxSessions)
    const folder = path.join(this.#host.folders.sessions, request.sandboxId)
    const session: Session = {
      ...request,
      folder,
      account: this.#host.accounts.claim(request.sandboxId),
      running: new Map(),
      trees: new Set(),
      dependencies: undefined,
      installing: Promise.resolve(),
      ending: false,
      usedAt: this.#options.now().getTime(),
    }
    this.#sessions.set(request.sandboxId, session)
    try {
      await createSessionFolder(folder, request.sandboxId, request.tenantId)
    } catch (error) {
      this.#sessions.delete(request.sandboxId)
      this.#host.accounts.release(request.sandboxId)
      throw error
    }
  }

  async makeTree(session: Session, tree: TreeName): Promise<string> {
    const folder = treeFolder(session, tree)
    if (!(await unlessGone(lstat(folder)))) await makeOwnFolder(folder, session.account)
    session.trees.add(tree)
    return folder
  }

  /** Sandboxes that run nothing and that no call has used for this long. */
  idle(forMs: number): Session[] {
    const since = this.#options.now().getTime() - forMs
    return [...this.#sessions.values()].filter(
      (session) => !session.ending && session.running.size === 0 && session.usedAt <= since,
    )
  }

  async destroy(sandboxId: string): Promise<WipeEvidence> {
    const underWay = this.#wipes.get(sandboxId)
    if (underWay) return await underWay
    const session = this.#sessions.get(sandboxId)
    if (!session) {
      const known = await this.#evidence.find(sandboxId)
      if (!known) throw new SandboxLost(sandboxId)
      return known
    }
    session.ending = true
    const wiping = this.#wipe(session).finally(() => this.#wipes.delete(sandboxId))
    this.#wipes.set(sandboxId, wiping)
    return await wiping
  }

  forgetEvidence(sandboxId: string): Promise<void> {
    return this.#evidence.forget(sandboxId)
  }

  async #wipe(session: Session): Promise<WipeEvidence> {
    const commands = [...session.running.keys()]
    const processesKilled = commands.filter(({ isStopped }) => !isStopped).length
    commands.forEach((command) => command.stop('CANCELLED'))
    await Promise.all(commands.map((command) => command.ended))
    await removeFolder(path.join(this.#host.folders.installs, session.sandboxId))
    const evidence = await wipe({
      sandboxId: session.sandboxId,
      tenantId: session.tenantId,
      folder: session.folder,
      reason: 'destroyed',
      processesKilled,
      now: this.#options.now,
    })
    await this.#evidence.keep(evidence)
    this.#sessions.delete(session.sandboxId)
    this.#host.accounts.release(session.sandboxId)
    return evidence
  }

  /** Wipes what dead owners left, installations included; answers with all evidence that is not recorded yet. */
  async sweep(): Promise<WipeEvidence[]> {
    for (const leftover of await findLeftovers(this.#host.folders.sessions)) {
      if (this.#sessions.has(leftover.sandboxId)) continue
      await removeFolder(path.join(this.#host.folders.installs, leftover.sandboxId))
      const request = { ...leftover, reason: 'leftover' as const, processesKilled: 0, now: this.#options.now }
      await this.#evidence.keep(await wipe(request))
    }
    return await this.#evidence.all()
  }

  async close(): Promise<WipeEvidence[]> {
    clearInterval(this.#touch)
    return await Promise.all([...this.#sessions.keys()].map((id) => this.destroy(id)))
  }
}
