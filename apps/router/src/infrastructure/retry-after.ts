/** Longer than this nobody is asked to wait: a provider that says more is taken as if it had said this. */
const LONGEST_MS = 15 * 60_000

/**
 * What a response says about when to come back, in milliseconds from now: `retry-after-ms`, or `Retry-After` in
 * seconds or as a date (RFC 9110, 10.2.3). LiteLLM passes its provider's words on as `llm_provider-retry-after`.
 */
export const retryAfterOf = (headers: Headers | undefined, now = Date.now()): number | undefined => {
  const said = (name: string): string => headers?.get(name) ?? headers?.get(`llm_provider-${name}`) ?? ''
  const exact = Number.parseFloat(said('retry-after-ms'))
  const text = said('retry-after')
  const waiting = Number.isFinite(exact) ? exact : waitingOf(text, now)
  return Number.isFinite(waiting) ? Math.min(Math.max(0, Math.ceil(waiting)), LONGEST_MS) : undefined
}

const waitingOf = (text: string, now: number): number => {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000
  return /[a-z]/i.test(text) ? Date.parse(text) - now : Number.NaN
}
