import type { Tokens } from '../../domain/price.ts'

interface WireUsage {
  readonly prompt_tokens?: unknown
  readonly completion_tokens?: unknown
  readonly prompt_tokens_details?: { readonly cached_tokens?: unknown } | null
  readonly completion_tokens_details?: { readonly reasoning_tokens?: unknown } | null
}

/** Tokens as a provider tells them in `usage`; undefined where it tells none. */
export const toldTokens = (usage: unknown): Tokens | undefined => {
  if (typeof usage !== 'object' || usage === null) return undefined
  const { prompt_tokens, completion_tokens, prompt_tokens_details, completion_tokens_details } = usage as WireUsage
  if (!isCount(prompt_tokens)) return undefined
  const [cached, reasoning] = [prompt_tokens_details?.cached_tokens, completion_tokens_details?.reasoning_tokens]
  return {
    inputTokens: prompt_tokens,
    outputTokens: isCount(completion_tokens) ? completion_tokens : 0,
    cachedTokens: isCount(cached) ? cached : 0,
    reasoningTokens: isCount(reasoning) ? reasoning : 0,
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
