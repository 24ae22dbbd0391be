import { assertNever, DomainError, type Decider } from '@iama/kernel'

/** When a circuit opens, and how it closes again. Times in milliseconds. */
export interface BreakerSettings {
  /** So many failures within `windowMs` open it. */
  readonly failures: number
  readonly windowMs: number
  /** So long nothing is let through. */
  readonly openMs: number
  /** So many trial calls then have to be good. */
  readonly trials: number
  /** A trial that has not reported back for so long gives its place to another. */
  readonly trialMs: number
}

export const breakerSettings: BreakerSettings = {
  failures: 5,
  windowMs: 30_000,
  openMs: 30_000,
  trials: 3,
  trialMs: 120_000,
}

export interface Trial {
  readonly id: string
  /** Until then its place is taken. */
  readonly until: number
}

/** Times are milliseconds since 1970. */
export type Circuit =
  | { readonly state: 'closed'; /** When calls failed, within the window. */ readonly failures: readonly number[] }
  | { readonly state: 'open'; /** That led to it. */ readonly failures: number; readonly until: number }
  | {
      readonly state: 'half-open'
      readonly failures: number
      /** Trials that were good. */
      readonly good: number
      readonly trials: readonly Trial[]
    }

export type Outcome = 'succeeded' | 'failed' | 'abandoned'

export type BreakerCommand =
  /** Somebody wants to call; `trial` is the id of the trial, should it be one. */
  | { readonly type: 'Admit'; readonly at: number; readonly trial: string }
  | { readonly type: 'Report'; readonly at: number; readonly trial: string | undefined; readonly outcome: Outcome }

export type BreakerEvent =
  /** Failures before `since` no longer count. */
  | { readonly type: 'FailureCounted'; readonly at: number; readonly since: number }
  | { readonly type: 'Opened'; readonly at: number; readonly until: number; readonly failures: number }
  | { readonly type: 'TrialStarted'; readonly at: number; readonly trial: Trial }
  | { readonly type: 'TrialSucceeded'; readonly trial: string }
  | { readonly type: 'TrialAbandoned'; readonly trial: string }
  | { readonly type: 'Closed'; readonly at: number }

/** The model fails too often: for a while nobody calls it, then only trials. */
export class CircuitOpen extends DomainError {
  readonly code = 'CIRCUIT_OPEN'
  override readonly kind = 'unavailable'
  readonly retryAt: Date

  constructor(retryAt: Date) {
    const when = retryAt.toISOString()
    super(`the model fails too often and is left alone; try again at ${when}, or use another`, { retry_at: when })
    this.retryAt = retryAt
  }
}

export const closedCircuit: Circuit = { state: 'closed', failures: [] }

/** One circuit, of one model of one provider. */
export const breakerOf = (settings: BreakerSettings): Decider<BreakerCommand, BreakerEvent, Circuit> => ({
  initial: closedCircuit,
  decide: (command, circuit) => {
    switch (command.type) {
      case 'Admit':
        return admit(command, circuit, settings)
      case 'Report':
        return report(command, circuit, settings)
      default:
        return assertNever(command)
    }
  },
  evolve,
})

const admit = (
  { at, trial: id }: { readonly at: number; readonly trial: string },
  circuit: Circuit,
  { trials, trialMs }: BreakerSettings,
): BreakerEvent[] => {
  const start = (): BreakerEvent[] => [{ type: 'TrialStarted', at, trial: { id, until: at + trialMs } }]
  switch (circuit.state) {
    case 'closed':
      return []
    case 'open':
      if (at < circuit.until) throw new CircuitOpen(new Date(circuit.until))
      return start()
    case 'half-open': {
      const underWay = circuit.trials.filter(({ until }) => until > at)
      if (circuit.good + underWay.length < trials) return start()
      throw new CircuitOpen(new Date(Math.min(...underWay.map(({ until }) => until))))
    }
    default:
      return assertNever(circuit)
  }
}

const report = (
  { at, trial, outcome }: Extract<BreakerCommand, { type: 'Report' }>,
  circuit: Circuit,
  settings: BreakerSettings,
): BreakerEvent[] => {
  switch (circuit.state) {
    case 'closed':
      return outcome === 'failed' ? countFailure(at, circuit.failures, settings) : []
    case 'open':
      return [] // a call from before it opened: that it failed is known
    case 'half-open':
      // a call from before tells nothing of now, and a trial whose place was given away has been replaced
      if (trial === undefined || !circuit.trials.some(({ id }) => id === trial)) return []
      return endTrial(at, trial, outcome, circuit, settings)
    default:
      return assertNever(circuit)
  }
}

const countFailure = (at: number, before: readonly number[], settings: BreakerSettings): BreakerEvent[] => {
  const since = at - settings.windowMs
  const failures = before.filter((earlier) => earlier > since).length + 1
  return failures >= settings.failures
    ? [{ type: 'Opened', at, until: at + settings.openMs, failures }]
    : [{ type: 'FailureCounted', at, since }]
}

const endTrial = (
  at: number,
  trial: string,
  outcome: Outcome,
  { good, failures }: Extract<Circuit, { state: 'half-open' }>,
  settings: BreakerSettings,
): BreakerEvent[] => {
  switch (outcome) {
    case 'succeeded':
      return good + 1 >= settings.trials ? [{ type: 'Closed', at }] : [{ type: 'TrialSucceeded', trial }]
    case 'failed':
      return [{ type: 'Opened', at, until: at + settings.openMs, failures: failures + 1 }]
    case 'abandoned':
      return [{ type: 'TrialAbandoned', trial }]
    default:
      return assertNever(outcome)
  }
}

const evolve = (circuit: Circuit, event: BreakerEvent): Circuit => {
  switch (event.type) {
    case 'FailureCounted': {
      const before = circuit.state === 'closed' ? circuit.failures : []
      return { state: 'closed', failures: [...before.filter((earlier) => earlier > event.since), event.at] }
    }
    case 'Opened':
      return { state: 'open', failures: event.failures, until: event.until }
    case 'Closed':
      return closedCircuit
    case 'TrialStarted': {
      const { failures, good, trials } = halfOpen(circuit)
      const underWay = trials.filter(({ until }) => until > event.at)
      return { state: 'half-open', failures, good, trials: [...underWay, event.trial] }
    }
    case 'TrialSucceeded': {
      const { failures, good, trials } = halfOpen(circuit)
      return { state: 'half-open', failures, good: good + 1, trials: trials.filter(({ id }) => id !== event.trial) }
    }
    case 'TrialAbandoned': {
      const { failures, good, trials } = halfOpen(circuit)
      return { state: 'half-open', failures, good, trials: trials.filter(({ id }) => id !== event.trial) }
    }
    default:
      return assertNever(event)
  }
}

/** An open circuit at its first trial is a half-open one without any. */
const halfOpen = (circuit: Circuit): Extract<Circuit, { state: 'half-open' }> => {
  if (circuit.state === 'half-open') return circuit
  return { state: 'half-open', failures: circuit.state === 'open' ? circuit.failures : 0, good: 0, trials: [] }
}
