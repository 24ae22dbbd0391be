import { keyRefused, ModelFailed } from '../../domain/model-failure.ts'
import type { ProviderKey } from '../../domain/provider-key.ts'
import type { Offer } from '../../domain/route.ts'
import { retryAfterOf } from '../retry-after.ts'

/** A model does not take the request: the client can mend that, and so hears the provider's own words. */
export class ProviderRefusal extends Error {
  readonly status: number
  /** OpenAI's error object. */
  readonly body: object

  constructor(status: number, body: object) {
    super(`the provider refused the request (status ${status})`)
    this.status = status
    this.body = body
  }
}

/** Of the client's making; 401 and 403 are about our key, 404 about our settings. */
const CLIENTS_OWN = new Set([400, 413, 415, 422])

/** What a status that is not 200 says about the model; its words may quote keys of ours and stay here. */
export const failureOf = (
  offer: Offer,
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): ModelFailed => {
  const wait = retryAfterOf(new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)])))
  if (status === 429) return new ModelFailed('busy', 'is busy (status 429)', wait)
  if (status >= 500 || status === 408 || status === 409) {
    return new ModelFailed('down', `failed (status ${status})`, wait)
  }
  if (status === 401 || status === 403) return keyRefused(offer, status)
  if (status === 404) return new ModelFailed('refused', 'does not know the model or the path (status 404)')
  return new ModelFailed('refused', `refused the request (status ${status})`)
}

/**
 * What the client is told of it; undefined where another model may do better.
 * @param key the tenant's own, which its members need not know: it is struck out of the provider's words
 */
export const refusalOf = (status: number, bytes: Buffer, key: ProviderKey | undefined): ProviderRefusal | undefined => {
  if (!CLIENTS_OWN.has(status)) return undefined
  const text = key ? bytes.toString().replaceAll(JSON.stringify(key.text).slice(1, -1), '[key]') : bytes.toString()
  return new ProviderRefusal(status, errorIn(text) ?? { ...fallback, message: `the model refused it (${status})` })
}

const fallback = { type: 'invalid_request_error', param: null, code: null }

const errorIn = (text: string): object | undefined => {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } | null }
    return typeof error?.message === 'string' ? error : undefined
  } catch {
    return undefined
  }
}
