import { fold, type Decider, type DomainError } from '@iama/kernel'
import { expect } from '@jest/globals'

/** The class of a refusal; its constructor may want the facts of the case. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Refusal = abstract new (...facts: any[]) => DomainError

export interface Outcome<Event, State> {
  /** Exactly these events, in order. */
  then(events: readonly Event[]): void
  /** The command is fine, and nothing changes. */
  thenNothing(): void
  /** A rule forbids it; the refusal's metadata holds at least what is given. */
  thenRefuses(refusal: Refusal, metadata?: Readonly<Record<string, string>>): void
  /** The state afterwards holds at least this. */
  thenState(state: Partial<State>): void
}

export interface Situation<Command, Event, State> {
  when(command: Command): Outcome<Event, State>
  /** The state holds at least this before anything is asked. */
  thenState(state: Partial<State>): void
}

/**
 * Tests of a decider that read as sentences: `given([created, started]).when(cancel()).then([cancelled])`.
 * @returns `given`, which takes a history
 */
export const specification = <Command, Event, State>(
  decider: Decider<Command, Event, State>,
): { given(history: readonly Event[]): Situation<Command, Event, State> } => ({
  given: (history) => {
    const state = fold(decider, history)
    return {
      when: (command) => outcomeOf(decider, state, command),
      thenState: (expected) => expect(state).toMatchObject(expected as Record<string, unknown>),
    }
  },
})

const outcomeOf = <Command, Event, State>(
  decider: Decider<Command, Event, State>,
  state: State,
  command: Command,
): Outcome<Event, State> => ({
  then: (events) => expect(decider.decide(command, state)).toEqual(events),
  thenNothing: () => expect(decider.decide(command, state)).toEqual([]),
  thenRefuses: (refusal, metadata = {}) => {
    const thrown = thrownBy(() => decider.decide(command, state))
    expect(thrown).toBeInstanceOf(refusal)
    expect((thrown as DomainError).metadata).toMatchObject(metadata)
  },
  thenState: (expected) =>
    expect(fold(decider, decider.decide(command, state), state)).toMatchObject(expected as Record<string, unknown>),
})

/** What the decision throws; when it does not throw, the events it made, which are then shown as no refusal. */
const thrownBy = (decision: () => unknown): unknown => {
  try {
    return decision()
  } catch (error) {
    return error
  }
}
