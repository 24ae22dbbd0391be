import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { REFRESH_MS, RefreshRefused, sessionDecider, type Session, type SessionCommand } from './session.ts'

/** What a user would say about the session, without looking at its tokens' chain. */
interface Model {
  /** Every token that was ever given, oldest first. */
  readonly given: string[]
  open: boolean
  now: number
  /** When the last token was given. */
  since: number
}
interface Real {
  state: ReturnType<typeof sessionDecider.evolve>
}
type Step = fc.Command<Model, Real>

const decide = (real: Real, command: SessionCommand): 'refused' | string[] => {
  try {
    const events = sessionDecider.decide(command, real.state)
    for (const event of events) real.state = sessionDecider.evolve(real.state, event)
    return events.map(({ type }) => type)
  } catch (error) {
    expect(error).toBeInstanceOf(RefreshRefused)
    return 'refused'
  }
}

const wait = (ms: number): Step => ({
  check: () => true,
  run: (model) => void (model.now += ms),
  toString: () => `wait ${ms}`,
})

/** Somebody presents the n-th youngest token that was ever given, or one that never was. */
const present = (age: number): Step => ({
  check: () => true,
  run: (model, real) => {
    const token = model.given.at(-1 - age)
    const next = `t${model.given.length}`
    const outcome = decide(real, { type: 'Refresh', token: token ?? 'stranger', next, at: model.now })
    const expired = model.now - model.since >= REFRESH_MS
    if (!model.open || token === undefined || (age === 0 && expired)) return expect(outcome).toBe('refused')
    if (age > 0) {
      model.open = false
      return expect(outcome).toEqual(['Revoked'])
    }
    model.given.push(next)
    model.since = model.now
    return expect(outcome).toEqual(['Refreshed'])
  },
  toString: () => `present the token given ${age} before the last`,
})

const logout = (): Step => ({
  check: () => true,
  run: (model, real) => {
    expect(decide(real, { type: 'Revoke' })).toEqual(model.open ? ['Revoked'] : [])
    model.open = false
  },
  toString: () => 'log out',
})

describe('any life of a session', () => {
  it('lets at most one token in, and none once a used one came back', () => {
    const steps = fc.commands(
      [
        fc.oneof(fc.nat(REFRESH_MS / 2), fc.constant(REFRESH_MS)).map(wait),
        fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(12) }).map(present),
        fc.constant(logout()),
      ],
      { maxCommands: 40 },
    )
    // a failure prints the seed and the path that repeat it
    fc.assert(
      fc.property(steps, (commands) => {
        const setup = () => {
          const real: Real = { state: sessionDecider.initial }
          decide(real, { type: 'Open', token: 't0', at: 0 })
          return { model: { given: ['t0'], open: true, now: 0, since: 0 }, real }
        }
        fc.modelRun(setup, commands)
      }),
      { numRuns: 2_000 },
    )
  })

  it('has never a token that is both current and used', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { maxLength: 30 }), (choices) => {
        const real: Real = { state: sessionDecider.initial }
        decide(real, { type: 'Open', token: 't0', at: 0 })
        choices.forEach((choice, index) => {
          const session = real.state as Session
          const token = [session.current, ...session.used][choice] ?? 'stranger'
          decide(real, { type: 'Refresh', token, next: `t${index + 1}`, at: index })
          const { current, used } = real.state as Session
          expect(used).not.toContain(current)
          expect(new Set(used).size).toBe(used.length)
        })
      }),
    )
  })
})
