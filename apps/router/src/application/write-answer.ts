import type { AskModel, Answer, Listener } from './ask-model.ts'
import { TOKENS_OF_ENVELOPE } from '../domain/price.ts'
import { routesOf, type RouteKey } from '../domain/route.ts'
import type { Offers } from './offer-ports.ts'
import type {
  Entitlements,
  Assignment,
  Briefing,
  BriefView,
  ChatMessage,
  OpenDesk,
  Reading,
  Tokenizer,
  Usage,
} from './ports.ts'

/** A piece of generation, as the router is asked for it. */
export interface GenerateInput {
  readonly requestId: string
  readonly key: RouteKey
  readonly assignment: Assignment
}

/** Who speaks in a phase where several do, and about what. */
export type Voice = Pick<BriefView, 'persona' | 'proposals'>

export interface Written {
  readonly reading: Exclude<Reading, { kind: 'unreadable' }>
  readonly briefing: Briefing
}

interface Call {
  /** `id@version` */
  readonly prompt: string
  readonly messages: readonly ChatMessage[]
  readonly inputTokens: number
  /** What the calls before have cost, in micro-dollars. */
  readonly spent: number
}

/**
 * Answers of models: briefed within the caps of the first route, asked along all routes, and read. What cannot be
 * read goes back to the model once, with the reader's words.
 */
export class WriteAnswer {
  readonly #askModel: AskModel
  readonly #offers: Offers
  readonly #entitlements: Entitlements
  readonly #tokenizer: Tokenizer

  constructor(askModel: AskModel, offers: Offers, entitlements: Entitlements, tokenizer: Tokenizer) {
    this.#askModel = askModel
    this.#offers = offers
    this.#entitlements = entitlements
    this.#tokenizer = tokenizer
  }

  /** One answer for each voice. @throws BudgetReached; RoutesExhausted; ContextTooLarge; the signal's reason */
  async execute(
    input: GenerateInput,
    desk: OpenDesk,
    voices: readonly Voice[],
    listener: Listener,
    signal: AbortSignal,
  ): Promise<readonly Written[]> {
    const { offers, waiting } = await this.#offers.of(input.assignment.tenantId)
    const [{ offer, maxTokens }] = routesOf(input.key, offers, waiting).routes
    const wholeFiles = input.key.modelClass === 'L1'
    const views = voices.map(({ persona, proposals }) => ({
      ...(persona && { persona }),
      ...(proposals && { proposals }),
      model: offer.model,
      maxTokens,
      wholeFiles,
    }))
    const briefings = await desk.brief(views, signal)
    return await Promise.all(
      briefings.map((briefing, at) => this.#write(input, desk, views[at]!, briefing, listener, signal)),
    )
  }

  async #write(
    input: GenerateInput,
    desk: OpenDesk,
    view: BriefView,
    briefing: Briefing,
    listener: Listener,
    signal: AbortSignal,
  ): Promise<Written> {
    let spent = 0
    const hearing = {
      tell: listener.tell,
      used: (usage: Usage) => {
        spent += usage.costMicros
        listener.used(usage)
      },
    }
    const ask = (messages: readonly ChatMessage[], inputTokens: number): Promise<Answer> =>
      this.#ask(input, { prompt: briefing.prompt, messages, inputTokens, spent }, hearing, signal)
    const read = (answer: Answer): Promise<Reading> => readingOf(desk, briefing, answer, view, signal)
    const answer = await ask(briefing.messages, briefing.tokens)
    const reading = await read(answer)
    if (reading.kind !== 'unreadable') return { reading, briefing }
    listener.tell('the answer cannot be read; the model is asked once more')
    const mending = desk.mend(briefing, answer.text, reading.problem)
    const mended = await read(await ask(mending, this.#tokensOf(view.model, mending)))
    if (mended.kind !== 'unreadable') return { reading: mended, briefing }
    return { reading: { kind: 'useless', code: 'MALFORMED_OUTPUT', message: mended.problem }, briefing }
  }

  async #ask(input: GenerateInput, call: Call, listener: Listener, signal: AbortSignal): Promise<Answer> {
    const { key, requestId, assignment } = input
    const { prompt, messages, inputTokens, spent } = call
    const { tenantId, jobId, attempt, jobBudgetMicros } = assignment
    const [{ monthMicros }, { offers, waiting }] = await Promise.all([
      this.#entitlements.of(tenantId),
      this.#offers.of(tenantId),
    ])
    const question = {
      tenantId,
      jobId,
      requestId,
      tier: key.tier,
      phase: key.phase,
      attempt,
      prompt,
      messages,
      inputTokens,
      routes: routesOf({ ...key, contextTokens: inputTokens }, offers, waiting).routes,
      ...(key.modelClass === 'L3' && { mostMicros: key.confirmedMicros - spent }),
      limits: {
        ...(jobBudgetMicros !== undefined && { jobMicros: jobBudgetMicros }),
        ...(monthMicros !== undefined && { monthMicros }),
      },
    }
    return await this.#askModel.execute(question, listener, signal)
  }

  #tokensOf(model: string, messages: readonly ChatMessage[]): number {
    const counter = this.#tokenizer.counter(model)
    for (const { content } of messages) counter.push(content)
    return counter.count + messages.length * TOKENS_OF_ENVELOPE
  }
}

/** A cut answer is not read: some cuts, such as one between two edits, cannot be seen in the text. */
const readingOf = async (
  desk: OpenDesk,
  briefing: Briefing,
  { text, complete, route }: Answer,
  view: BriefView,
  signal: AbortSignal,
): Promise<Reading> => {
  if (complete) return await desk.read(briefing, text, view, signal)
  const problem = `the answer was cut at ${route.outputCap} tokens. Fix: answer with less, such as fewer edits.`
  return { kind: 'unreadable', problem }
}
