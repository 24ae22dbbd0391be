import { randomUUID } from 'node:crypto'
import assert from 'node:assert/strict'
import { systemIds } from '@iama/kernel'
import {
  createTestDatabase,
  eventually,
  startRedisServer,
  type RedisServer,
  type TestDatabase,
} from '@iama/testing/servers'
import { afterAll, beforeAll, describe, it } from '@jest/globals'
import fc from 'fast-check'
import type { Reservation } from '../src/application/budgets.ts'
import { BudgetReached } from '../src/domain/budget.ts'
import { begin, die, emptyBook, finish, standingOf, underWay, type Book } from '../src/domain/budget-book.fixtures.ts'
import { migrations } from '../src/infrastructure/migrations/index.ts'
import { newTenant, openReplica, usageOf, type Replica } from './replicas.ts'

const COMMANDS = 210
const REPLICAS = 3
const limits = { jobMicros: 600, monthMicros: 900 }
const times = { leaseMs: 2_500, renewEveryMs: 250, lookEveryMs: 40, graceMs: 500 }

let database: TestDatabase
let redis: RedisServer

beforeAll(async () => {
  ;[database, redis] = await Promise.all([createTestDatabase('router', migrations), startRedisServer()])
})

afterAll(async () => {
  await redis?.stop()
  await database?.drop()
})

/** The real thing: replicas over Redis and PostgreSQL. */
interface Real {
  readonly tenantId: string
  readonly jobs: readonly string[]
  readonly replicas: Replica[]
  /** How many replicas there were: each has a number of its own in the book. */
  readonly numbers: number[]
  readonly reservations: Map<string, Reservation>
}

const open = (): Promise<Replica> =>
  openReplica({ databaseUrl: database.urls.app, redisUrl: redis.url, times, commandTimeoutMs: 10_000 })

/** Both tell the same sums. */
const agree = async (book: Book, { tenantId, jobs, replicas }: Real): Promise<void> => {
  for (const [at, jobId] of jobs.entries()) {
    const { spent, atMost } = standingOf(book, jobId)
    assert.ok(atMost.jobMicros <= limits.jobMicros && atMost.monthMicros <= limits.monthMicros)
    assert.deepEqual(await replicas[at % REPLICAS]!.budgets.spent(tenantId, jobId), spent)
  }
}

type Act = (book: Book, real: Real, die: number, amount: number) => Promise<string>

const oneUnderWay = (book: Book, real: Real, number: number): [Replica, Reservation] | undefined => {
  const open = real.numbers.flatMap((replica) => underWay(book, replica))
  const id = open[number % open.length]
  if (id === undefined) return undefined
  return [real.replicas[real.numbers.indexOf(book.calls.get(id)!.replica)]!, real.reservations.get(id)!]
}

const acts: Readonly<Record<string, Act>> = {
  reserve: async (book, real, number, amount) => {
    const { tenantId, jobs, numbers } = real
    const [at, jobId] = [number % REPLICAS, jobs[number % jobs.length]!]
    const order = { id: systemIds.next(), tenantId, jobId, costMicros: amount, limits }
    const breach = begin(book, order.id, { jobId, reserved: amount, replica: numbers[at]! }, limits)
    try {
      real.reservations.set(order.id, await real.replicas[at]!.budgets.reserve(order))
      assert.equal(breach, undefined)
      return 'granted'
    } catch (error) {
      if (!(error instanceof BudgetReached)) throw error
      assert.deepEqual(error.breach, breach)
      return 'refused'
    }
  },
  settle: async (book, real, number, amount) => {
    const [replica, reservation] = oneUnderWay(book, real, number) ?? []
    if (!replica || !reservation) return 'nothing'
    const costMicros = Math.min(amount, reservation.costMicros)
    const { id, tenantId, jobId } = reservation
    await replica.usageLog.record(tenantId, usageOf(id, jobId, { costMicros }))
    await replica.budgets.settle(reservation, costMicros)
    finish(book, id, 'settled', costMicros)
    return 'settled'
  },
  release: async (book, real, number) => {
    const [replica, reservation] = oneUnderWay(book, real, number) ?? []
    if (!replica || !reservation) return 'nothing'
    await replica.budgets.release(reservation)
    finish(book, reservation.id, 'released', 0)
    return 'released'
  },
  'settle again': async (book, real, number) => {
    const ended = [...book.calls].filter(([, { ending }]) => ending === 'settled')
    const [id, call] = ended[number % ended.length] ?? []
    if (id === undefined) return 'nothing'
    await real.replicas[number % REPLICAS]!.budgets.settle(real.reservations.get(id)!, call!.cost)
    return 'settled again'
  },
  lose: async () => {
    await redis.wipe()
    return 'lost'
  },
  die: async (book, real, number) => {
    const at = number % REPLICAS
    const died = real.numbers[at]!
    const left = underWay(book, died)
    const redisHas = (id: string) => real.replicas[at]!.redis.hexists(`budget:{${real.tenantId}}:open`, id)
    await eventually('Redis has what is under way', async () => (await Promise.all(left.map(redisHas))).every(Boolean))
    await real.replicas[at]!.stop()
    die(book, died)
    real.replicas[at] = await open()
    real.numbers[at] = Math.max(...real.numbers) + 1
    const cleared = async () => {
      const rows = await database.query('SELECT 1 FROM generations WHERE id = ANY ($1) AND estimated', [left])
      return rows.length === left.length
    }
    await eventually('the dead has been cleared', cleared, 15_000)
    await eventually('it is settled', () => agree(book, real).then(() => true))
    return left.length > 0 ? 'cleared' : 'nothing'
  },
}

const seen = new Set<string>()

class Step implements fc.AsyncCommand<Book, Real> {
  readonly #name: string
  readonly #die: number
  readonly #amount: number
  #said = ''

  constructor(name: string, number: number, amount: number) {
    this.#name = name
    this.#die = number
    this.#amount = amount
  }

  check(): boolean {
    return true
  }

  async run(book: Book, real: Real): Promise<void> {
    this.#said = `${this.#name}(${this.#die}, ${this.#amount})`
    const what = await acts[this.#name]!(book, real, this.#die, this.#amount)
    this.#said += `: ${what}`
    seen.add(what)
    // whoever has just lost everything loads it at the next reservation, and until then asks the ledger
    await agree(book, real)
  }

  toString(): string {
    return this.#said
  }
}

const weights = { reserve: 90, settle: 60, release: 25, 'settle again': 10, lose: 4, die: 3 }

describe('budgets over three replicas', () => {
  const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31)

  it(`are as the book says, over losses and deaths, for ${COMMANDS} steps (FC_SEED=${seed})`, async () => {
    const step = fc.oneof(
      ...Object.entries(weights).map(([name, weight]) => ({
        weight,
        arbitrary: fc
          .tuple(fc.nat({ max: 999 }), fc.integer({ min: 0, max: 200 }))
          .map(([number, amount]) => new Step(name, number, amount)),
      })),
    )
    const steps = fc
      .array(step, { minLength: COMMANDS, maxLength: COMMANDS })
      // no run without a loss and a death
      .map((some) => some.with(COMMANDS / 3, new Step('lose', 0, 0)).with(COMMANDS / 2, new Step('die', 0, 0)))
    await fc.assert(
      fc.asyncProperty(steps, async (commands) => {
        const replicas = await Promise.all(Array.from({ length: REPLICAS }, open))
        const jobs = [randomUUID(), randomUUID()]
        const real: Real = { tenantId: newTenant(), jobs, replicas, numbers: [0, 1, 2], reservations: new Map() }
        try {
          const book = emptyBook()
          for (const command of commands) await command.run(book, real)
          assert.deepEqual(
            replicas.flatMap(({ troubles }) => troubles),
            [],
          )
        } catch (error) {
          throw new Error(`${commands.map(String).join('\n')}`, { cause: error })
        } finally {
          await Promise.all(replicas.map((replica) => replica.stop()))
        }
      }),
      // a shorter history would take as long again for each attempt
      { numRuns: 1, seed, endOnFailure: true },
    )
    assert.deepEqual(
      ['granted', 'lost', 'refused', 'released', 'settled', 'settled again'].filter((one) => !seen.has(one)),
      [],
    )
  }, 120_000)
})
