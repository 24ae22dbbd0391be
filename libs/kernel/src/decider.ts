/**
 * A state machine as two pure functions. `decide` refuses by throwing a DomainError;
 * `evolve` never fails: what has happened has happened.
 */
export interface Decider<Command, Event, State> {
  readonly initial: State
  decide(command: Command, state: State): Event[]
  evolve(state: State, event: Event): State
}

/** The state after a history. */
export const fold = <Command, Event, State>(
  decider: Decider<Command, Event, State>,
  events: Iterable<Event>,
  from: State = decider.initial,
): State => {
  let state = from
  for (const event of events) state = decider.evolve(state, event)
  return state
}
