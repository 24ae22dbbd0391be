import type { Clock, Ids } from '@iama/kernel'
import { SandboxUnavailable } from '../domain/errors.ts'
import type { SandboxLimits } from '../domain/limits.ts'
import { sessionDecider } from '../domain/session.ts'
import type { CommandSession } from './command-session.ts'
import type { Gates, Meter, SandboxRuntime, StoredSession, UnitOfWork } from './ports.ts'

export interface ProvisionInput {
  readonly tenantId: string
  readonly jobId: string
  readonly requestId: string
}

/** Where a session will live, and what it may use. */
export interface Place {
  /** `host:port` at which callers reach this replica; it is asked for at each use, for it is known late. */
  readonly address: string
  readonly limits: SandboxLimits
}

/** Makes an empty sandbox. A repeated request gets the same one as long as it lives. */
export class ProvisionSession {
  readonly #unitOfWork: UnitOfWork
  readonly #runtime: SandboxRuntime
  readonly #command: CommandSession
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #meter: Meter
  readonly #gates: Pick<Gates, 'prepare'>
  readonly #place: Place
  /** The same request twice at once is answered once. */
  readonly #underWay = new Map<string, Promise<StoredSession>>()

  constructor(
    parts: {
      unitOfWork: UnitOfWork
      runtime: SandboxRuntime
      command: CommandSession
      meter: Meter
      gates: Pick<Gates, 'prepare'>
    },
    inputs: { clock: Clock; ids: Ids },
    place: Place,
  ) {
    this.#unitOfWork = parts.unitOfWork
    this.#runtime = parts.runtime
    this.#command = parts.command
    this.#meter = parts.meter
    this.#gates = parts.gates
    this.#clock = inputs.clock
    this.#ids = inputs.ids
    this.#place = place
  }

  /** @throws SandboxUnavailable when code cannot be isolated here, SandboxesExhausted when the replica is full */
  async execute(input: ProvisionInput): Promise<StoredSession> {
    const key = `${input.tenantId} ${input.requestId}`
    const running = this.#underWay.get(key)
    if (running) return await running
    const answer = this.#findOrMake(input).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, answer)
    return await answer
  }

  async #findOrMake(input: ProvisionInput): Promise<StoredSession> {
    const probe = await this.#runtime.probe()
    if (!probe.available) throw new SandboxUnavailable(probe.reason, probe.fix)
    const { address } = this.#place
    const known = await this.#unitOfWork.run(input.tenantId, ({ sessions }) =>
      sessions.ofRequest(input.requestId, address),
    )
    if (known && known.session.status === 'READY' && this.#runtime.has(known.session.sessionId)) return known
    if (known) await this.#command.execute(input.tenantId, known.session.sessionId, { type: 'Lose' })
    return await this.#make(input)
  }

  async #make(input: ProvisionInput): Promise<StoredSession> {
    const startedAt = this.#clock.now().getTime()
    const sessionId = this.#ids.next()
    const { address, limits } = this.#place
    await this.#begin({ ...input, sessionId, address })
    try {
      await this.#runtime.provision({ sandboxId: sessionId, tenantId: input.tenantId, limits })
    } catch (error) {
      this.#meter.provisioned(this.#secondsSince(startedAt), 'failed')
      await this.#command.execute(input.tenantId, sessionId, { type: 'Abandon' })
      throw error
    }
    const ready = await this.#command.execute(input.tenantId, sessionId, { type: 'ConfirmReady' })
    this.#meter.provisioned(this.#secondsSince(startedAt), 'ok')
    this.#gates.prepare()
    return ready
  }

  async #begin(asked: ProvisionInput & { sessionId: string; address: string }): Promise<void> {
    const events = sessionDecider.decide({ type: 'Provision', ...asked }, sessionDecider.initial)
    const session = events.reduce(sessionDecider.evolve, sessionDecider.initial)
    const at = this.#clock.now()
    await this.#unitOfWork.run(asked.tenantId, ({ sessions }) =>
      sessions.add({ session, version: 1, createdAt: at, updatedAt: at }),
    )
  }

  #secondsSince(startedAt: number): number {
    return (this.#clock.now().getTime() - startedAt) / 1_000
  }
}
