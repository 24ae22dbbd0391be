import type { ServerResponse } from 'node:http'
import { Pool } from 'undici'
import type { Tried } from '../../application/completion-ports.ts'
import { keyGone, ModelFailed } from '../../domain/model-failure.ts'
import { KeysUnavailable, type ProviderKey } from '../../domain/provider-key.ts'
import type { Offer } from '../../domain/route.ts'
import { nameOf } from '../../domain/route.ts'
import type { TenantKeys } from '../key-ring.ts'
import type { ModelSettings } from '../models-file.ts'
import { ChatAttempt } from './chat-attempt.ts'
import type { ChatBody } from './chat-body.ts'

/** Connections to one endpoint; more calls wait for one of them. */
const MOST_CONNECTIONS = 512
const CONNECT_MS = 10_000

interface Endpoint {
  readonly settings: ModelSettings
  readonly pool: Pool
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

export interface AttemptOptions {
  readonly tenantId: string
  readonly offer: Offer
  readonly outputCap: number
  readonly body: ChatBody
  readonly response: ServerResponse
  readonly requestId: string
  readonly gone: AbortSignal
}

/** The endpoints of all models, with connections that are kept. */
export class Endpoints {
  readonly #endpoints: ReadonlyMap<Offer, Endpoint>
  readonly #keys: TenantKeys
  readonly #pools = new Map<string, Pool>()

  constructor(models: readonly ModelSettings[], keys: TenantKeys) {
    this.#keys = keys
    this.#endpoints = new Map(models.map((settings) => [settings.offer, this.#endpointOf(settings)]))
  }

  /** Asks a model and passes its answer on to the client; never rejects. */
  async attempt(options: AttemptOptions): Promise<Tried> {
    const { tenantId, offer } = options
    if (offer.keyOf !== 'tenant') return await this.#attempt(options, undefined)
    let key: ProviderKey | undefined
    try {
      key = await this.#keys.keyOf(tenantId, offer.provider)
    } catch (error) {
      if (!(error instanceof KeysUnavailable)) throw error
      return notAsked(new ModelFailed('down', 'has a key of yours that cannot be read at the moment'))
    }
    return key ? await this.#attempt(options, key) : notAsked(keyGone(offer))
  }

  #attempt(
    { offer, outputCap, body, response, requestId, gone }: AttemptOptions,
    key: ProviderKey | undefined,
  ): Promise<Tried> {
    const { settings, pool, path, headers: usual } = this.#endpoints.get(offer)!
    const headers = key ? { ...usual, authorization: `Bearer ${key.text}` } : usual
    return new Promise((resolve) => {
      const leave = (): void => attempt.abandon()
      const attempt = new ChatAttempt({
        settings,
        key,
        body,
        response,
        outputCap,
        headers: { 'x-request-id': requestId, 'x-iama-model': nameOf(offer) },
        now: () => performance.now(),
        done: (tried) => {
          gone.removeEventListener('abort', leave)
          resolve(tried)
        },
      })
      gone.addEventListener('abort', leave)
      if (gone.aborted) return leave()
      pool.dispatch({ method: 'POST', path, headers, body: body.forModel(settings, outputCap) }, attempt)
    })
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()))
  }

  #endpointOf(settings: ModelSettings): Endpoint {
    const { origin, pathname, search } = new URL(settings.endpoint)
    const authorization = settings.key ? { authorization: `Bearer ${settings.key}` } : {}
    return {
      settings,
      pool: this.#poolOf(origin),
      path: `${pathname.replace(/\/+$/, '')}/chat/completions${search}`,
      headers: { 'content-type': 'application/json', ...authorization },
    }
  }

  #poolOf(origin: string): Pool {
    const known = this.#pools.get(origin)
    if (known) return known
    // how long an answer may take is decided for each model, and each part of the answer
    const times = { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: CONNECT_MS } }
    const pool = new Pool(origin, { connections: MOST_CONNECTIONS, pipelining: 1, ...times })
    this.#pools.set(origin, pool)
    return pool
  }
}

/** A try that ended before the model was asked. */
const notAsked = (failure: ModelFailed): Tried => ({
  failure,
  begun: false,
  firstTokenMs: undefined,
  refusal: undefined,
  tokens: () => undefined,
})
