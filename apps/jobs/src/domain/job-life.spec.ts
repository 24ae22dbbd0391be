import { DomainError, fold } from '@iama/kernel'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { isFact, type JobCommand } from './commands.ts'
import { jobDecider } from './decider.ts'
import { isStored, type JobEvent } from './events.ts'
import { evolve } from './evolve.ts'
import { StaleEpoch } from './guards.ts'
import { type Action, actions, type Model, unborn } from './job-model.fixtures.ts'
import { type Job, jobStates, noJob } from './job.ts'
import { allowedTransitions, transitionOf } from './transitions.ts'

const lives = 1_000
const longestLife = 120
const final = ['REVERTED', 'CANCELLED', 'FAILED', 'CHECKED']

/** The decider's side: the job, its whole history, and what was seen on the way. */
interface Real {
  job: Job | typeof noJob
  history: JobEvent[]
  facts: number
}

const seen = {
  transitions: new Set<string>(),
  states: new Set<string>(),
  done: new Set<string>(),
  refused: new Set<string>(),
}

/** One action on both sides: mostly one that the model allows, now and then any. */
class Step implements fc.Command<Model, Real> {
  readonly #die: number
  readonly #isStray: boolean
  #said = ''

  constructor(die: number, isStray: boolean) {
    this.#die = die
    this.#isStray = isStray
  }

  /** What has ended is only asked amiss. */
  check(model: Model): boolean {
    return this.#isStray || !final.includes(model.state)
  }

  run(model: Model, real: Real): void {
    const chosen = this.#choose(model)
    this.#said = `${model.state}: ${chosen.name}`
    model.now += 1_000
    const command = addressed(chosen.command(model), model, real)
    if (chosen.isLegal(model)) {
      carryOut(command, real)
      chosen.happens(model)
      if (!isFact(command)) model.lastSeen = Math.max(model.lastSeen, command.at)
      seen.done.add(chosen.name)
    } else {
      refuse(command, real)
      seen.refused.add(chosen.name)
    }
    agree(model, real)
  }

  #choose(model: Model): Action {
    const legal = actions.filter((action) => action.isLegal(model))
    const choice = this.#isStray || legal.length === 0 ? actions : legal
    let left = this.#die % choice.reduce((sum, action) => sum + action.weight, 0)
    return choice.find((action) => (left -= action.weight) < 0)!
  }

  toString(): string {
    return this.#said
  }
}

/** Says it in the present: facts get a new id and the epoch; what has no time of its own happens now. */
const addressed = (command: JobCommand, model: Model, real: Real): JobCommand => {
  const at = command.type === 'RecordHeartbeatLost' ? command.at : model.now
  if (!isFact(command)) return { ...command, at }
  real.facts += 1
  return { ...command, at, factId: `fact-${real.facts}`, epoch: model.epoch }
}

const carryOut = (command: JobCommand, real: Real): void => {
  const before = frozen(real.job)
  const events = jobDecider.decide(frozen(command), before)
  assert.notEqual(events.length, 0)
  for (const event of events) append(frozen(event), real)
  if (isFact(command)) expectKnown(command, real)
}

/** Recorded again, a fact changes nothing; under another id and of an older epoch it is stale. */
const expectKnown = (fact: JobCommand & { factId: string; epoch: number }, real: Real): void => {
  assert.deepEqual(jobDecider.decide(fact, real.job), [])
  const older = { ...fact, factId: 'older', epoch: fact.epoch - 1 }
  assert.throws(() => jobDecider.decide(older, real.job), StaleEpoch)
}

const refuse = (command: JobCommand, real: Real): void => {
  let events: JobEvent[] | undefined
  try {
    events = jobDecider.decide(frozen(command), frozen(real.job))
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    assert.match(error.code, /^[A-Z0-9]+(_[A-Z0-9]+)*$/)
  }
  // A wish that is already being carried out may be said again.
  if (events) assert.ok(['AcceptJob', 'RevertJob'].includes(command.type) && events.length === 0, command.type)
}

const append = (event: JobEvent, real: Real): void => {
  const before = real.job
  const after = frozen(evolve(before, event))
  if (before.state !== 'NONE') {
    assert.ok(!final.includes(before.state))
    assert.ok(after.epoch >= before.epoch)
    assert.ok(after.lastSeenAt >= before.lastSeenAt)
    assert.equal(after.sequence, before.sequence + (isStored(event) ? 1 : 0))
  }
  if (event.type === 'SpecRevised')
    assert.deepEqual([after.state, after.attempt, after.fingerprints], ['WAITING_SPEC_APPROVAL', 0, []])
  if (event.type === 'PatchDelivered') assert.ok(before.state !== 'NONE' && before.candidate?.verdict?.green)
  const transition = transitionOf(event, before, after)
  if (transition) {
    assert.ok(transition.to in allowedTransitions[transition.from], `${transition.from} -> ${transition.to}`)
    seen.transitions.add(`${transition.from} -> ${transition.to}`)
  }
  real.job = after
  real.history.push(event)
}

/** Both sides tell the same story. */
const agree = (model: Model, { job }: Real): void => {
  seen.states.add(job.state)
  assert.equal(job.state, model.state)
  if (job.state === 'NONE') return
  const { epoch, attempt, fingerprints, candidate } = job
  const verdict = candidate?.verdict ? (candidate.verdict.green ? 'green' : 'red') : 'untold'
  assert.deepEqual(
    [epoch, attempt, fingerprints, candidate ? verdict : 'none', job.waiting?.reason],
    [
      model.epoch,
      model.attempt,
      model.failures,
      model.candidate,
      model.state === 'WAITING_INTERVENTION' ? model.reason : undefined,
    ],
  )
}

const frozen = <Value>(value: Value): Value => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) frozen(inner)
  }
  return value
}

/** The log keeps all but the heartbeats: read back, it gives the same job but for the last sign of life. */
const expectReadBack = ({ job, history }: Real): void => {
  const log = JSON.parse(JSON.stringify(history.filter(isStored))) as JobEvent[]
  if (job.state !== 'NONE') assert.deepEqual({ ...fold(jobDecider, log), lastSeenAt: job.lastSeenAt }, job)
}

const live = (seed: number): void =>
  fc.assert(
    fc.property(fc.commands([step], { maxCommands: longestLife, size: 'max' }), (steps) => {
      const real: Real = { job: noJob, history: [], facts: 0 }
      fc.modelRun(() => ({ model: unborn(), real }), steps)
      expectReadBack(real)
      assert.ok(real.history.filter((event) => event.type === 'JobAccepted').length <= 1)
    }),
    { numRuns: lives, seed },
  )

const step = fc.tuple(fc.nat({ max: 1_000_000 }), fc.nat({ max: 4 })).map(([die, stray]) => new Step(die, stray === 0))

describe('the life of a job', () => {
  const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31)

  it(`is the one that the design draws, ${lives} times (FC_SEED=${seed})`, () => {
    live(seed)
  })

  it('leads through every state, over every arrow, by every action', () => {
    for (const kind of Object.values(seen)) kind.clear()
    live(knownSeed)
    const arrows = Object.entries(allowedTransitions).flatMap(([from, targets]) =>
      Object.keys(targets).map((to) => `${from} -> ${to}`),
    )
    const names = actions.map((action) => action.name)
    expect([...seen.states].sort()).toEqual(['NONE', ...jobStates].sort())
    expect([...seen.transitions].sort()).toEqual(arrows.sort())
    expect(names.filter((name) => !seen.refused.has(name))).toEqual([])
    expect(names.filter((name) => !seen.done.has(name))).toEqual(impossible)
  })
})

/** A fixed seed, because what is seen must not depend on luck. */
const knownSeed = 1

/** The model never allows these: they are only ever refused. */
const impossible = [
  'select unknown',
  'approve stale',
  'edit stale spec',
  'refused attempt by another route',
  'attempt without route',
  'attempt out of turn',
  'verdict on another patch',
  'accept another tree',
  'short silence',
  'deep fix unconfirmed',
]
