import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { CallDetails, Reservation } from '../application/budgets.ts'
import type { Breach, SpendingLimits } from '../domain/budget.ts'
import * as scripts from './budget-scripts.ts'
import { Together } from './together.ts'

/** A reservation with what the ledger needs should its owner die. */
export interface Entry {
  readonly reservation: Reservation
  readonly call: CallDetails | undefined
}

export type Grant =
  | { readonly kind: 'granted' }
  /** An account is to be rebuilt from the ledger. */
  | { readonly kind: 'missing' }
  /** `expired` says that there are reservations of the dead to be settled. */
  | { readonly kind: 'reached'; readonly breach: Omit<Breach, 'needed'>; readonly expired: boolean }

/** The names of accounts at the moment at which a sum is read for them. */
export interface Load {
  readonly words: readonly [month: string, job: string]
  /** Whose rows must not be in the sum. */
  readonly open: readonly string[]
}

/** What the script says of an order. */
type Reserved =
  | readonly ['granted']
  | readonly ['missing']
  | readonly ['reached', which: 'job' | 'tenant', limit: string, spent: string, expired: number]

type Values = readonly (string | number)[]

const CONTENT = 'budgets:content'
const TENANTS = 'budgets:tenants'

/** The scripts with names and types. Everything rejects when Redis is away. */
export class BudgetStore {
  readonly #redis: Redis
  readonly #leaseMs: number
  /** By tenant. */
  readonly #reserving: Together<Values, Reserved>
  /** By tenant and month. */
  readonly #ending: Together<Values, void>

  constructor(redis: Redis, leaseMs: number) {
    this.#redis = redis
    this.#leaseMs = leaseMs
    this.#reserving = new Together((tenantId, all) => this.#reserve(tenantId, all))
    this.#ending = new Together((key, all) => this.#end(key, all))
  }

  async reserve(entry: Entry, limits: SpendingLimits): Promise<Grant> {
    const { id, tenantId } = entry.reservation
    const { jobMicros = '', monthMicros = '' } = limits
    const answer = await this.#reserving.add(tenantId, [id, textOf(entry), jobMicros, monthMicros])
    if (answer[0] !== 'reached') return { kind: answer[0] }
    const [kind, which, limit, spent, expired] = answer
    return { kind, breach: { which, limit: Number(limit), spent: Number(spent) }, expired: expired > 0 }
  }

  /**
   * @param costMicros undefined when nothing was spent
   * @param now the present month
   */
  async end({ id, tenantId, jobId, month }: Reservation, costMicros: number | undefined, now: string): Promise<void> {
    await this.#ending.add(`${tenantId} ${now}`, [id, costMicros ?? '', jobId, month])
  }

  async #reserve(tenantId: string, all: readonly Values[]): Promise<readonly Reserved[]> {
    const values = [this.#leaseMs, word(), ...all.flat()]
    return (await scripts.reserve.run(this.#redis, openKey(tenantId), ...values)) as Reserved[]
  }

  async #end(key: string, all: readonly Values[]): Promise<readonly void[]> {
    const [tenantId = '', now = ''] = key.split(' ')
    await scripts.end.run(this.#redis, openKey(tenantId), now, word(), ...all.flat())
    return []
  }

  async beginLoad(tenantId: string, jobId: string, month: string): Promise<Load> {
    const answer = (await scripts.beginLoad.run(this.#redis, openKey(tenantId), jobId, month, word())) as string[]
    const [ofMonth = '', ofJob = '', ...open] = answer
    return { words: [ofMonth, ofJob], open }
  }

  async load(
    tenantId: string,
    of: { readonly jobId: string; readonly month: string },
    [ofMonth, ofJob]: Load['words'],
    sums: { readonly jobMicros: number; readonly monthMicros: number },
  ): Promise<void> {
    const values = [ofMonth, sums.monthMicros, ofJob, sums.jobMicros]
    await scripts.load.run(this.#redis, openKey(tenantId), of.jobId, of.month, ...values)
  }

  async restore(tenantId: string, entries: readonly Entry[]): Promise<void> {
    const values = entries.flatMap((entry) => [entry.reservation.id, textOf(entry)])
    await scripts.restore.run(this.#redis, openKey(tenantId), this.#leaseMs, word(), ...values)
  }

  /** @returns the ids that are not there */
  async renew(tenantId: string, ids: readonly string[]): Promise<string[]> {
    return (await scripts.renew.run(this.#redis, openKey(tenantId), this.#leaseMs, ...ids)) as string[]
  }

  /** Takes over up to 100 reservations whose lease has ended, and says when the last lease of the tenant ends. */
  async claim(tenantId: string): Promise<{ entries: Entry[]; last: string }> {
    const answer = (await scripts.claim.run(this.#redis, openKey(tenantId), this.#leaseMs)) as string[]
    const [last = '', ...rest] = answer
    const entries: Entry[] = []
    for (let at = 0; at < rest.length; at += 2) entries.push(entryOf(tenantId, rest[at]!, rest[at + 1]!))
    return { entries, last }
  }

  /** Undefined for what is to be rebuilt. */
  async spent(
    tenantId: string,
    jobId: string,
    month: string,
  ): Promise<{ jobMicros: number | undefined; monthMicros: number | undefined }> {
    const answer = (await scripts.spent.run(this.#redis, openKey(tenantId), jobId, month)) as (string | null)[]
    const [monthMicros, jobMicros] = answer.map((text) => (text === null ? undefined : Number(text)))
    return { jobMicros, monthMicros }
  }

  /** The name of what Redis has, which is another after a loss, and its age. */
  async look(): Promise<{ name: string; ageMs: number }> {
    const [name, ageMs] = (await scripts.look.run(this.#redis, CONTENT, word())) as [string, number]
    return { name, ageMs }
  }

  /** Tenants whose reservations nobody looks after any more. */
  async due(): Promise<string[]> {
    return (await scripts.due.run(this.#redis, TENANTS)) as string[]
  }

  async register(tenantIds: readonly string[]): Promise<void> {
    await scripts.register.run(this.#redis, TENANTS, this.#leaseMs, ...tenantIds)
  }

  /** @param last when the tenant's last lease ends; empty when it has none */
  async postpone(tenantId: string, last: string): Promise<void> {
    await scripts.postpone.run(this.#redis, TENANTS, tenantId, last)
  }
}

const openKey = (tenantId: string): string => `budget:{${tenantId}}:open`

/** Unlike any other: this process has a random name, and counts. */
const word = (): string => `${processWord}${(words++).toString(36)}`

const processWord = randomBytes(9).toString('base64url')
let words = 0

const textOf = ({ reservation: { jobId, month, costMicros }, call }: Entry): string =>
  JSON.stringify({ job: jobId, month, cost: costMicros, call })

const entryOf = (tenantId: string, id: string, text: string): Entry => {
  const { job, month, cost, call } = JSON.parse(text) as EntryText
  return { reservation: { id, tenantId, jobId: job, month, costMicros: cost }, call }
}

interface EntryText {
  readonly job: string
  readonly month: string
  readonly cost: number
  readonly call?: CallDetails
}
