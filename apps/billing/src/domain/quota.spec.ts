import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Plan } from './plan.ts'
import {
  assertConsumed,
  assertUsable,
  limitReached,
  QuotaExhausted,
  reservationDecider,
  ReservationEnded,
  ReservationNotConsumed,
  ReservationNotFound,
  type ReservationCommand,
  type ReservationState,
} from './quota.ts'

const plan: Plan = {
  tier: 'free',
  contextTokens: 128_000,
  routes: ['L1'],
  sandboxes: ['local'],
  jobsPerMonth: 10,
  jobsAtOnce: 2,
  priceMicros: 0,
  currency: 'USD',
}

/** The same in other words: who has the allowance, and whether it can still change hands. */
interface Model {
  owner: 'job' | 'tenant'
  final: boolean
}

const commands = fc.array(fc.constantFrom<ReservationCommand>('Consume', 'Release', 'Expire'), { maxLength: 12 })

describe('a reservation', () => {
  it('behaves as its model under any commands', () => {
    fc.assert(
      fc.property(commands, (history) => {
        const model: Model = { owner: 'job', final: false }
        let state: ReservationState = reservationDecider.initial
        for (const command of history) {
          const decide = () => reservationDecider.decide(command, state)
          if (command === 'Consume' && model.final && model.owner === 'tenant') {
            expect(decide).toThrow(ReservationEnded)
            continue
          }
          const events = decide()
          expect(events).toHaveLength(model.final ? 0 : 1)
          if (!model.final) model.owner = command === 'Consume' ? 'job' : 'tenant'
          model.final = true
          for (const event of events) state = reservationDecider.evolve(state, event)
          expect(state === 'ACTIVE' || state === 'CONSUMED' ? 'job' : 'tenant').toBe(model.owner)
          expect(reservationDecider.decide(command, state)).toEqual([]) // repeated
        }
      }),
    )
  })

  it('that was given back is used by nobody, and settles nothing', () => {
    const inState = (state: ReservationState) => ({ id: 'r', jobId: 'j', state, reservedAt: new Date(0) })
    for (const state of ['RELEASED', 'EXPIRED'] as const) {
      expect(() => assertUsable(inState(state))).toThrow(ReservationEnded)
      expect(() => assertConsumed(inState(state))).toThrow(ReservationNotConsumed)
    }
    for (const state of ['ACTIVE', 'CONSUMED'] as const) expect(() => assertUsable(inState(state))).not.toThrow()
    expect(() => assertConsumed(inState('ACTIVE'))).toThrow(ReservationNotConsumed)
    expect(() => assertConsumed(undefined)).toThrow(ReservationNotFound)
    expect(() => assertConsumed(inState('CONSUMED'))).not.toThrow()
  })
})

describe('the limits', () => {
  it('never let more through than there are, in any order of reserving and ending', () => {
    const steps = fc.array(fc.constantFrom('reserve', 'Consume', 'Release', 'Expire'), { maxLength: 60 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 8 }), fc.integer({ min: 1, max: 4 }), (history, month, atOnce) => {
        const limits: Plan = { ...plan, jobsPerMonth: month, jobsAtOnce: atOnce }
        const jobs: ReservationState[] = []
        const counted = (...states: ReservationState[]) => jobs.filter((state) => states.includes(state)).length
        for (const step of history) {
          const usage = { month: counted('ACTIVE', 'CONSUMED'), active: counted('ACTIVE') }
          if (step !== 'reserve') {
            const open = jobs.indexOf('ACTIVE')
            if (open < 0) continue
            const [event] = reservationDecider.decide(step as ReservationCommand, jobs[open]!)
            jobs[open] = reservationDecider.evolve(jobs[open]!, event!)
          } else if (limitReached(limits, usage) === undefined) jobs.push('ACTIVE')
          else expect(usage.month === month || usage.active === atOnce).toBe(true)
          expect(counted('ACTIVE', 'CONSUMED')).toBeLessThanOrEqual(month)
          expect(counted('ACTIVE')).toBeLessThanOrEqual(atOnce)
        }
      }),
    )
  })

  it('are by contract for who has no number a month', () => {
    expect(limitReached({ ...plan, jobsPerMonth: null }, { month: 1e6, active: 0 })).toBeUndefined()
    expect(limitReached({ ...plan, jobsPerMonth: null }, { month: 1e6, active: 2 })).toBe('at_once')
  })

  it('say which one it is and what to do', () => {
    expect(new QuotaExhausted('month', plan)).toMatchObject({
      metadata: { limit: 'month', tier: 'free' },
      message: expect.stringMatching(/10 jobs a month.*wait for the next month/),
    })
    expect(new QuotaExhausted('at_once', plan).message).toMatch(/2 jobs at once.*cancel/)
  })
})
