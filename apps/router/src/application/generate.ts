import type { Clock } from '@iama/kernel'
import { routeOf, type Route, type RouteKey } from '../domain/route.ts'
import type { Assignment, Part, Provider, Usage, UsageLog } from './ports.ts'

export interface GenerateInput {
  readonly requestId: string
  readonly key: RouteKey
  readonly assignment: Assignment
}

export type GenerateOutput = Exclude<Part, { kind: 'usage' }> | { readonly kind: 'end'; readonly usage: Usage }

const CURRENCY = 'USD'

/** Routes a piece of generation, streams its answer, and records what it used: also when it breaks off. */
export class Generate {
  readonly #providers: readonly Provider[]
  readonly #usageLog: UsageLog
  readonly #clock: Clock

  constructor(providers: readonly Provider[], usageLog: UsageLog, clock: Clock) {
    this.#providers = providers
    this.#usageLog = usageLog
    this.#clock = clock
  }

  /** In the order of preference. */
  get providers(): readonly Provider[] {
    return this.#providers
  }

  route(key: RouteKey): Route {
    const offers = this.#providers.map(({ name, model, classes }) => ({ provider: name, model, classes }))
    return routeOf(key, offers)
  }

  async *execute(input: GenerateInput, signal: AbortSignal): AsyncGenerator<GenerateOutput> {
    const route = this.route(input.key)
    const provider = this.#providers.find(({ name }) => name === route.provider)!
    const started = this.#clock.now().getTime()
    const used = { inputTokens: 0, outputTokens: 0, costMicros: 0 }
    let recorded = false
    const record = async (): Promise<Usage> => {
      recorded = true
      const usage = this.#usage(input, route, used, this.#clock.now().getTime() - started)
      await this.#usageLog.record(input.assignment.tenantId, usage)
      return usage
    }
    try {
      for await (const part of provider.generate(input.assignment, route, signal)) {
        if (part.kind === 'usage') add(used, part)
        else yield part
      }
      yield { kind: 'end', usage: await record() }
    } finally {
      if (!recorded) await record()
    }
  }

  #usage(input: GenerateInput, route: Route, used: Tokens, milliseconds: number): Usage {
    return {
      jobId: input.assignment.jobId,
      requestId: input.requestId,
      phase: input.key.phase,
      provider: route.provider,
      model: route.model,
      tier: input.key.tier,
      ...used,
      currency: CURRENCY,
      milliseconds,
    }
  }
}

interface Tokens {
  inputTokens: number
  outputTokens: number
  costMicros: number
}

const add = (used: Tokens, part: Tokens): void => {
  used.inputTokens += part.inputTokens
  used.outputTokens += part.outputTokens
  used.costMicros += part.costMicros
}
