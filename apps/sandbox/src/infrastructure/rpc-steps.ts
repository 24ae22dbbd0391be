import type { GateSummary, Progress } from '../application/findings.ts'
import type { Step } from '../application/listening.ts'

/** Our findings have the shape of the messages, except that they cannot be written to. */
export type Sent<T> = T extends Uint8Array | bigint
  ? T
  : T extends readonly (infer Item)[]
    ? Sent<Item>[]
    : T extends object
      ? { -readonly [Key in keyof T]: Sent<T[Key]> }
      : T

export const sent = <T>(value: T): Sent<T> => value as Sent<T>

type Part<Done> = { case: 'progress'; value: Sent<Progress> } | { case: 'done'; value: Done }
type GatedPart<Done> = Part<Done> | { case: 'gate'; value: Sent<GateSummary> }

/** A long step as the answers of a streaming RPC: signs of work, then the end. */
export async function* toSteps<Done, Value>(
  steps: AsyncIterable<Step<Done>>,
  toValue: (done: Done) => Value,
): AsyncGenerator<{ part: Part<Value> }, void, undefined> {
  for await (const { part } of toGatedSteps(steps, toValue)) if (part.case !== 'gate') yield { part }
}

/** The same, with gates in between. */
export async function* toGatedSteps<Done, Value>(
  steps: AsyncIterable<Step<Done>>,
  toValue: (done: Done) => Value,
): AsyncGenerator<{ part: GatedPart<Value> }, void, undefined> {
  for await (const step of steps) {
    if (step.type === 'progress') yield { part: { case: 'progress', value: sent(step.progress) } }
    else if (step.type === 'gate') yield { part: { case: 'gate', value: sent(step.gate) } }
    else yield { part: { case: 'done', value: toValue(step.done) } }
  }
}
