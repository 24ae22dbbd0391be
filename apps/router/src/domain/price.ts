/** What costs and budgets are counted in, as ISO 4217 names it. */
export const CURRENCY = 'USD'

/** US dollars for a million tokens, which is also micro-dollars for one. */
export interface Price {
  readonly input: number
  /** Of input tokens that the provider had cached. */
  readonly cachedInput: number
  readonly output: number
}

/** Tokens of one call; `cached` is part of `input`, `reasoning` part of `output`. */
export interface Tokens {
  readonly inputTokens: number
  readonly cachedTokens: number
  readonly outputTokens: number
  readonly reasoningTokens: number
}

/** What a message takes beside its content, as OpenAI's chat format has it. */
export const TOKENS_OF_ENVELOPE = 4

export const noTokens: Tokens = { inputTokens: 0, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0 }

/** What a call costs, in micro-dollars, rounded up: a budget is never overspent by rounding. */
export const costMicros = (price: Price, { inputTokens, cachedTokens, outputTokens }: Tokens): number => {
  const cached = Math.min(cachedTokens, inputTokens)
  const cost = (inputTokens - cached) * price.input + cached * price.cachedInput + outputTokens * price.output
  // prices such as 0.1 are not exact in binary: what rounding errors add is not rounded up to a whole micro-dollar
  return Math.ceil(Number(cost.toFixed(6)))
}

/** The most that a call can cost, in micro-dollars: nothing cached, everything answered that may be. */
export const highestCostMicros = (price: Price, inputTokens: number, outputCap: number): number => {
  const dearest = { ...price, input: Math.max(price.input, price.cachedInput) }
  return costMicros(dearest, { ...noTokens, inputTokens, outputTokens: outputCap })
}

export const addTokens = (a: Tokens, b: Tokens): Tokens => ({
  inputTokens: a.inputTokens + b.inputTokens,
  cachedTokens: a.cachedTokens + b.cachedTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  reasoningTokens: a.reasoningTokens + b.reasoningTokens,
})
