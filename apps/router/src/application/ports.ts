import type { Tokens } from '../domain/price.ts'
import type { Offer, Phase, Tier } from '../domain/route.ts'

/** What is to be generated, for whichever engine. */
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
  /** What edits of the offline engine may rest on. */
  readonly evidence: 'proven' | 'verified'
  readonly proposalId: string
  /** The only edits to keep, with what they depend on; all when empty. */
  readonly onlyEdits: readonly string[]
  /** The job's attempt; 0 outside attempts. */
  readonly attempt: number
  /** The selected strategy; undefined in the phase of proposals. */
  readonly strategy: Strategy | undefined
  /** What the analysis found, in lines. */
  readonly facts: readonly string[]
  readonly spec: SpecText
  /** Why a patch has to be repaired; undefined in other phases. */
  readonly repair: Repair | undefined
  readonly conversation: readonly Turn[]
  /** What no session sees, a sentence each; empty in other phases than characterization. */
  readonly weakPlaces: readonly string[]
  /** The most that the job may cost in all, in micro-dollars; undefined when it has no limit of its own. */
  readonly jobBudgetMicros: number | undefined
}

/** A strategy as a person selected it. */
export interface Strategy {
  readonly title: string
  readonly summary: string
  readonly files: readonly string[]
  readonly symbols: readonly string[]
  readonly steps: readonly string[]
  readonly risk: string
  readonly riskReasons: readonly string[]
}

export interface SpecText {
  /** Gherkin. */
  readonly bdd: string
  /** Markdown. */
  readonly sdd: string
}

export interface Repair {
  /** The address of the patch that failed; empty when the answer was no patch at all. */
  readonly failedPatch: string
  /** The address of its green subset, which stays; empty when there is none. */
  readonly greenPart: string
  readonly failures: readonly { readonly test: string; readonly message: string }[]
  readonly problems: readonly string[]
  readonly hint: string
}

export interface Turn {
  readonly role: 'user' | 'assistant'
  readonly text: string
  /** What the assistant asked. */
  readonly questions: readonly { readonly id: string; readonly text: string; readonly choices: readonly string[] }[]
}

/** A sign of work, for the person who waits. */
export interface Progress {
  readonly kind: 'progress'
  readonly text: string
}

/** The offline engine: no network, no tokens, the same answer each time. */
export interface OfflineEngine {
  /** @returns the answer of the phase, as JSON text; aborting the signal stops the work */
  generate(assignment: Assignment, signal: AbortSignal): Promise<string>
}

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

export interface ChatRequest {
  /** Who asks: some providers take a key of each tenant. */
  readonly tenantId: string
  readonly messages: readonly ChatMessage[]
  /** The most that may be answered, in tokens. */
  readonly outputCap: number
}

/** A part of a model's answer, as it comes. */
export type ChatPart =
  | { readonly kind: 'text'; readonly text: string }
  /** The model thinks: text that is no part of the answer. */
  | { readonly kind: 'thought'; readonly text: string }
  /** As the provider counts. */
  | { readonly kind: 'usage'; readonly tokens: Tokens }
  /** The answer is over; not `complete` when it ran into the cap. */
  | { readonly kind: 'finish'; readonly complete: boolean }

/** A model behind an endpoint. */
export interface ChatModel {
  readonly offer: Offer
  /** The endpoint, without credentials. */
  readonly endpoint: string
  /** A key of whoever runs the system is sent. */
  readonly hasPlatformKey: boolean
  /**
   * Streams the answer to its finish; aborting the signal closes the connection.
   * @throws ModelFailed; the signal's reason
   */
  chat(request: ChatRequest, signal: AbortSignal): AsyncIterable<ChatPart>
}

/** Counts the tokens of streamed text as a model does. */
export interface TokenCounter {
  /** Of all that was pushed. */
  readonly count: number
  push(text: string): void
}

export interface Tokenizer {
  counter(model: string): TokenCounter
}

/** What the model of a phase is shown, and why. */
export interface Briefing {
  readonly messages: readonly ChatMessage[]
  /** Tokens of the messages. */
  readonly tokens: number
  /** `id@version` of the prompt. */
  readonly prompt: string
  /** What was shown and left out, with the reasons, and how many secrets were hidden; for people, without code. */
  readonly account: string
  /** What was hidden from the model, so that it can be put back; never leaves the service. */
  readonly vault: string
}

/** What was made of a model's answer. */
export type Reading =
  | { readonly kind: 'answer'; readonly answer: string; readonly note: string }
  /** The answer says nothing that could be done: the code is that of a refused attempt. */
  | { readonly kind: 'useless'; readonly code: string; readonly message: string }
  /** The model may try once more. */
  | { readonly kind: 'unreadable'; readonly problem: string }

/** Everything between a snapshot and a model that takes CPU: it runs in limited processes of its own. */
export interface BriefingDesk {
  /** Loads the code of an assignment, once for all that is done with it. */
  open(assignment: Assignment, signal: AbortSignal): Promise<OpenDesk>
}

export interface OpenDesk {
  /** One briefing for each view. */
  brief(views: readonly BriefView[], signal: AbortSignal): Promise<readonly Briefing[]>
  /** What the model is told about an answer that could not be read. */
  mend(briefing: Briefing, answer: string, problem: string): readonly ChatMessage[]
  read(briefing: Briefing, answer: string, view: BriefView, signal: AbortSignal): Promise<Reading>
}

/** For which model, and which part of the phase. */
export interface BriefView {
  readonly model: string
  /** The most that the messages may have, in tokens. */
  readonly maxTokens: number
  readonly wholeFiles: boolean
  /** Who speaks, where several do. */
  readonly persona?: string
  /** Proposals of others, as JSON, to be scored. */
  readonly proposals?: string
}

/** What one call of a provider has used. */
export interface Usage extends Tokens {
  /** UUID of the call; recording it twice writes it once. */
  readonly id: string
  readonly jobId: string
  readonly requestId: string
  readonly phase: string
  readonly provider: string
  readonly model: string
  readonly tier: string
  readonly costMicros: number
  readonly currency: string
  readonly milliseconds: number
  /** Until the first token; undefined when none came. */
  readonly firstTokenMs: number | undefined
  /** The call broke off before the provider told its count: the tokens are ours. */
  readonly estimated: boolean
  /** `id@version` of the prompt; empty when there was none. */
  readonly prompt: string
  /** The job's attempt; 0 outside attempts. */
  readonly attempt: number
}

export interface UsageLog {
  /**
   * Writes the usage and announces it: of each attempt, for a retry of the same request spends its own tokens.
   * @param patienceMs how long it may wait for others that are written in one with it; next to nothing if not said
   */
  record(tenantId: string, usage: Usage, patienceMs?: number): Promise<void>
}

/** What a tenant may use. */
export interface Entitlement {
  /** Undefined where billing names none: then the caps of the class alone hold. */
  readonly tier: Tier | undefined
  /** Micro-dollars in a calendar month (UTC); undefined when there is no limit. */
  readonly monthMicros: number | undefined
}

export interface Entitlements {
  of(tenantId: string): Promise<Entitlement>
}
