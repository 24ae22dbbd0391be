import assert from 'node:assert/strict'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  breakerOf,
  breakerSettings as settings,
  CircuitOpen,
  closedCircuit,
  type BreakerCommand,
  type Circuit,
  type Outcome,
} from './breaker.ts'

const breaker = breakerOf(settings)
const outcomes = ['succeeded', 'failed', 'abandoned'] as const
const lives = 1_000
const longestLife = 150

/** Carries a command out. */
const after = (circuit: Circuit, command: BreakerCommand): Circuit =>
  breaker.decide(command, circuit).reduce(breaker.evolve, circuit)

/**
 * The breaker once more, from the design and not from the decider: nothing but a diary of what happened, and questions
 * to it.
 */
interface Model {
  now: number
  /** Failures that counted since it last closed. */
  failures: number[]
  /** When it opened for the last time; undefined when it has closed since. */
  openedAt: number | undefined
  /** Trials since it opened for the last time. */
  trials: Map<string, { from: number; ending?: Outcome; replaced?: boolean }>
}

/** The decider's side: its circuit, and the leaves that have not been reported. */
interface Real {
  circuit: Circuit
  leaves: (string | undefined)[]
  next: number
  readonly seen: Set<string>
}

const recent = (model: Model): number[] => model.failures.filter((at) => at > model.now - settings.windowMs)

const good = (model: Model): number => [...model.trials.values()].filter(({ ending }) => ending === 'succeeded').length

const underWay = (model: Model): [string, { from: number }][] =>
  [...model.trials].filter(([, { from, ending }]) => !ending && from + settings.trialMs > model.now)

class Ask implements fc.Command<Model, Real> {
  readonly #pause: number
  #said = ''

  constructor(pause: number) {
    this.#pause = pause
  }

  check(): boolean {
    return true
  }

  run(model: Model, real: Real): void {
    model.now += this.#pause
    const trial = `trial-${real.next++}`
    this.#said = `ask after ${this.#pause} ms`
    const ask = (): Circuit => after(real.circuit, { type: 'Admit', at: model.now, trial })
    const { openedAt } = model
    if (openedAt === undefined) {
      assert.deepEqual(ask(), real.circuit) // costs nothing
      real.leaves.push(undefined)
      real.seen.add('admitted')
    } else if (model.now >= openedAt + settings.openMs && good(model) + underWay(model).length < settings.trials) {
      real.circuit = ask()
      // whoever has been silent for too long is no longer waited for
      for (const one of model.trials.values())
        if (!one.ending && one.from + settings.trialMs <= model.now) one.replaced = true
      model.trials.set(trial, { from: model.now })
      real.leaves.push(trial)
      real.seen.add('tried')
    } else {
      const refused = refusal(ask)
      const waits = underWay(model).map(([, { from }]) => from + settings.trialMs)
      const retryAt = model.now < openedAt + settings.openMs ? openedAt + settings.openMs : Math.min(...waits)
      assert.equal(refused.retryAt.getTime(), retryAt)
      assert.ok(retryAt > model.now)
      real.seen.add(model.now < openedAt + settings.openMs ? 'refused' : 'too many trials')
    }
    agree(model, real)
  }

  toString(): string {
    return this.#said
  }
}

const refusal = (ask: () => unknown): CircuitOpen => {
  try {
    ask()
  } catch (error) {
    if (error instanceof CircuitOpen) return error
    throw error
  }
  throw new Error('it was let through')
}

class Tell implements fc.Command<Model, Real> {
  readonly #pause: number
  readonly #die: number
  readonly #outcome: Outcome
  #said = ''

  constructor(pause: number, die: number, outcome: Outcome) {
    this.#pause = pause
    this.#die = die
    this.#outcome = outcome
  }

  check(): boolean {
    return true
  }

  run(model: Model, real: Real): void {
    if (real.leaves.length === 0) return
    model.now += this.#pause
    const [trial] = real.leaves.splice(this.#die % real.leaves.length, 1)
    const outcome = this.#outcome
    this.#said = `${trial ?? 'a call'} ${outcome} after ${this.#pause} ms`
    real.circuit = after(real.circuit, { type: 'Report', at: model.now, trial, outcome })
    happens(model, trial, outcome)
    if (model.openedAt === undefined && real.circuit.state === 'closed' && trial) real.seen.add('closed by a trial')
    if (model.openedAt === model.now) real.seen.add(trial ? 'opened by a trial' : 'opened')
    agree(model, real)
  }

  toString(): string {
    return this.#said
  }
}

const happens = (model: Model, trial: string | undefined, outcome: Outcome): void => {
  if (model.openedAt === undefined) {
    if (outcome !== 'failed') return
    model.failures.push(model.now)
    if (recent(model).length >= settings.failures) open(model)
    return
  }
  const one = trial === undefined ? undefined : model.trials.get(trial)
  if (!one || one.replaced) return
  one.ending = outcome
  if (outcome === 'failed') open(model)
  else if (good(model) >= settings.trials)
    Object.assign(model, { openedAt: undefined, failures: [], trials: new Map() } satisfies Partial<Model>)
}

const open = (model: Model): void => {
  model.openedAt = model.now
  model.trials = new Map()
}

/** Both sides tell the same story. */
const agree = (model: Model, { circuit }: Real): void => {
  const state = model.openedAt === undefined ? 'closed' : model.trials.size === 0 ? 'open' : 'half-open'
  assert.equal(circuit.state, state)
  if (circuit.state === 'closed') assert.ok(circuit.failures.length < settings.failures)
  if (circuit.state === 'open') assert.equal(circuit.until, model.openedAt! + settings.openMs)
  if (circuit.state === 'half-open') {
    assert.equal(circuit.good, good(model))
    assert.ok(circuit.good + circuit.trials.filter(({ until }) => until > model.now).length <= settings.trials)
  }
  assert.deepEqual(JSON.parse(JSON.stringify(circuit)), circuit) // it is kept as JSON
}

const live = (seed: number): Set<string> => {
  const seen = new Set<string>()
  // mostly moments, now and then about as long as a window or a trial lasts
  const pause = fc.oneof(
    { weight: 6, arbitrary: fc.nat({ max: 3_000 }) },
    { weight: 1, arbitrary: fc.constantFrom(29_999, 30_000, 30_001, 119_999, 120_000) },
  )
  const steps = [
    pause.map((ms) => new Ask(ms)),
    fc.tuple(pause, fc.nat(), fc.constantFrom(...outcomes, 'failed')).map(([ms, die, how]) => new Tell(ms, die, how)),
  ]
  fc.assert(
    fc.property(fc.commands<Model, Real>(steps, { maxCommands: longestLife, size: 'max' }), (commands) => {
      const model = (): Model => ({ now: 1_763_700_000_000, failures: [], openedAt: undefined, trials: new Map() })
      fc.modelRun(() => ({ model: model(), real: { circuit: closedCircuit, leaves: [], next: 1, seen } }), commands)
    }),
    { numRuns: lives, seed },
  )
  return seen
}

describe('a circuit', () => {
  const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31)

  it(`lives as the design says, ${lives} times (FC_SEED=${seed})`, () => {
    live(seed)
  })

  it('comes to everything that can become of it', () => {
    expect([...live(1)].sort()).toEqual(
      [
        ...['admitted', 'refused', 'opened', 'tried', 'too many trials', 'opened by a trial', 'closed by a trial'],
      ].sort(),
    )
  })

  const fail = (circuit: Circuit, at: number): Circuit =>
    after(circuit, { type: 'Report', at, trial: undefined, outcome: 'failed' })
  const failing = (...times: number[]): Circuit => times.reduce(fail, closedCircuit)

  it('opens at the fifth failure within 30 s and not at the fifth in 30 s and a bit', () => {
    expect(failing(0, 1, 2, 3, 29_999)).toEqual({ state: 'open', failures: 5, until: 59_999 })
    expect(failing(0, 1, 2, 3, 30_000)).toMatchObject({ state: 'closed', failures: [1, 2, 3, 30_000] })
  })

  it('says when to come again', () => {
    const ask = () => breaker.decide({ type: 'Admit', at: 10, trial: 't' }, failing(0, 0, 0, 0, 0))
    expect(ask).toThrow(CircuitOpen)
    expect(ask).toThrow('1970-01-01T00:00:30.000Z')
  })
})
