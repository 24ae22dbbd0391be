import type { ModelClass, Phase, Route } from '../domain/route.ts'

/** What is to be generated, for whichever provider. */
export interface Assignment {
  readonly tenantId: string
  readonly jobId: string
  readonly phase: Phase
  /** The address of the snapshot's manifest. */
  readonly manifest: string
  readonly goal: string
  readonly target: string
  readonly include: readonly string[]
  readonly recipes: readonly string[]
  readonly skip: readonly string[]
  readonly proposalId: string
  /** The only edits to keep, with what they depend on; all when empty. */
  readonly onlyEdits: readonly string[]
}

/** A part of an answer, as it comes. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'usage'; readonly inputTokens: number; readonly outputTokens: number; readonly costMicros: number }

/** Who generates: a model behind an endpoint, or the offline engine. */
export interface Provider {
  readonly name: string
  readonly model: string
  readonly classes: readonly ModelClass[]
  /** Streams the answer; aborting the signal stops the work and closes whatever it holds. */
  generate(assignment: Assignment, route: Route, signal: AbortSignal): AsyncIterable<Part>
}

/** What a generation has used. */
export interface Usage {
  readonly jobId: string
  readonly requestId: string
  readonly phase: Phase
  readonly provider: string
  readonly model: string
  readonly tier: string
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costMicros: number
  readonly currency: string
  readonly milliseconds: number
}

export interface UsageLog {
  /** Writes the usage and announces it: of each attempt, for a retry of the same request spends its own tokens. */
  record(tenantId: string, usage: Usage): Promise<void>
}
