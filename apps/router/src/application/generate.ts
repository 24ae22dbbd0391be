import type { Clock, Ids } from '@iama/kernel'
import { DomainError } from '@iama/kernel'
import { addTokens, CURRENCY, noTokens, type Tokens } from '../domain/price.ts'
import { routesOf, type Offer, type Phase, type RouteKey, type Routes } from '../domain/route.ts'
import type { Listener } from './ask-model.ts'
import type { Offers } from './offer-ports.ts'
import type { BriefingDesk, OfflineEngine, Progress, Usage, UsageLog } from './ports.ts'
import type { ProposeStrategies } from './propose-strategies.ts'
import { telling } from './telling.ts'
import type { GenerateInput, WriteAnswer, Written } from './write-answer.ts'

export type GenerateOutput =
  Progress | { readonly kind: 'text'; readonly text: string } | { readonly kind: 'end'; readonly end: End }

/** How a generation ended: the sums over its calls. */
export interface End extends Tokens {
  readonly provider: string
  readonly model: string
  readonly costMicros: number
  readonly currency: string
  readonly milliseconds: number
  readonly calls: number
  readonly prompt: string
  readonly briefing: string
}

/** A model was asked twice and said nothing that can be read. */
export class MalformedOutput extends DomainError {
  readonly code = 'MALFORMED_OUTPUT'

  constructor(message: string) {
    super(`the model's answer cannot be read, also after it was asked once more: ${message}`)
  }
}

/** Parts of an answer, in characters. */
const CHUNK = 64 * 1024

/** Routes a piece of generation, to a model or to the offline engine, and streams its answer. */
export class Generate {
  readonly #offers: Offers
  readonly #engine: OfflineEngine
  readonly #desk: BriefingDesk
  readonly #writeAnswer: WriteAnswer
  readonly #proposeStrategies: ProposeStrategies
  readonly #usageLog: UsageLog
  readonly #clock: Clock
  readonly #ids: Ids

  constructor(parts: {
    offers: Offers
    engine: OfflineEngine
    desk: BriefingDesk
    writeAnswer: WriteAnswer
    proposeStrategies: ProposeStrategies
    usageLog: UsageLog
    clock: Clock
    ids: Ids
  }) {
    this.#offers = parts.offers
    this.#engine = parts.engine
    this.#desk = parts.desk
    this.#writeAnswer = parts.writeAnswer
    this.#proposeStrategies = parts.proposeStrategies
    this.#usageLog = parts.usageLog
    this.#clock = parts.clock
    this.#ids = parts.ids
  }

  /** Of all tenants, in the order of preference. */
  get offers(): readonly Offer[] {
    return this.#offers.all
  }

  /** @throws RouteNotInTier, NotConfirmed, ContextTooLarge, NoRoute, KeysUnavailable */
  async routes(tenantId: string, key: RouteKey): Promise<Routes> {
    const { offers, waiting } = await this.#offers.of(tenantId)
    return routesOf(key, offers, waiting)
  }

  async *execute(input: GenerateInput, signal: AbortSignal): AsyncGenerator<GenerateOutput> {
    const [{ offer }] = (await this.routes(input.assignment.tenantId, input.key)).routes
    const tally = new Tally(this.#clock.now().getTime())
    const written = yield* telling(async (tell, listening) => {
      const listener = { tell, used: (usage: Usage) => tally.add(usage) }
      return offer.engine === 'codemod'
        ? await this.#byEngine(input, offer, listener, listening)
        : await this.#byModel(input, listener, listening)
    }, signal)
    const text = textOf(input, written)
    for (let at = 0; at < text.length; at += CHUNK) yield { kind: 'text', text: text.slice(at, at + CHUNK) }
    const { prompt, account: briefing } = written.briefing
    yield { kind: 'end', end: tally.end(this.#clock.now().getTime(), { prompt, briefing }) }
  }

  async #byModel(input: GenerateInput, listener: Listener, signal: AbortSignal): Promise<Written> {
    listener.tell('the router reads the snapshot')
    const desk = await this.#desk.open(input.assignment, signal)
    if (input.key.phase === 'proposal') return await this.#proposeStrategies.execute(input, desk, listener, signal)
    const [written] = await this.#writeAnswer.execute(input, desk, [{}], listener, signal)
    return written!
  }

  /** It uses no tokens, and is in the log all the same: also when it breaks off. */
  async #byEngine(input: GenerateInput, offer: Offer, listener: Listener, signal: AbortSignal): Promise<Written> {
    listener.tell('the engine reads the snapshot')
    const started = this.#clock.now().getTime()
    const { tenantId, jobId, phase, attempt } = input.assignment
    try {
      const answer = await this.#engine.generate(input.assignment, signal)
      return { reading: { kind: 'answer', answer, note: '' }, briefing: noBriefing }
    } finally {
      const usage: Usage = {
        ...noTokens,
        id: this.#ids.next(),
        jobId,
        requestId: input.requestId,
        phase,
        attempt,
        provider: offer.provider,
        model: offer.model,
        tier: input.key.tier,
        costMicros: 0,
        currency: CURRENCY,
        milliseconds: this.#clock.now().getTime() - started,
        firstTokenMs: undefined,
        estimated: false,
        prompt: '',
      }
      await this.#usageLog.record(tenantId, usage)
      listener.used(usage)
    }
  }
}

const noBriefing = { messages: [], tokens: 0, prompt: '', account: '', vault: '' }

/** Phases whose answer may be of no use: the job decides what follows. */
const mayBeUseless: ReadonlySet<Phase> = new Set<Phase>(['refactor', 'repair', 'reanalysis', 'characterization'])

/** @throws MalformedOutput */
const textOf = ({ key }: GenerateInput, { reading }: Written): string => {
  if (reading.kind === 'answer') return reading.answer
  if (!mayBeUseless.has(key.phase)) throw new MalformedOutput(reading.message)
  return JSON.stringify({ useless: { code: reading.code, message: reading.message } })
}

/** Adds up the calls of a generation. */
class Tally {
  readonly #started: number
  #tokens = noTokens
  #costMicros = 0
  #calls = 0
  #last = { provider: '', model: '' }

  constructor(started: number) {
    this.#started = started
  }

  add(usage: Usage): void {
    this.#tokens = addTokens(this.#tokens, usage)
    this.#costMicros += usage.costMicros
    this.#calls += 1
    this.#last = { provider: usage.provider, model: usage.model }
  }

  end(now: number, of: { prompt: string; briefing: string }): End {
    return {
      ...this.#tokens,
      ...this.#last,
      ...of,
      costMicros: this.#costMicros,
      currency: CURRENCY,
      milliseconds: now - this.#started,
      calls: this.#calls,
    }
  }
}
