import type { Redis } from 'ioredis'
import type { CircuitChange, Target } from '../application/circuits.ts'
import { closedCircuit, type Circuit } from '../domain/breaker.ts'
import { RedisScript } from './redis.ts'

/** What is kept of a circuit. */
export interface CircuitRecord {
  readonly circuit: Circuit
  /** Changes that the others may not have been told of yet. */
  readonly owed: readonly CircuitChange[]
}

/** A record as it was read, with the text that it is known by; that text is empty when there is none. */
export interface KeptCircuit {
  readonly text: string
  readonly record: CircuitRecord
}

export const noCircuit: KeptCircuit = { text: '', record: { circuit: closedCircuit, owed: [] } }

/**
 * A closed circuit is forgotten when nothing has failed for so long; longer than the window, so that whoever remembers
 * it as open within the last minute knows that Redis has lost it and that it was not closed meanwhile.
 */
const CLOSED_TTL_MS = 10 * 60_000
/** One of a single tenant that nobody has called in so long is forgotten, whatever its state: tenants come and go. */
const TENANT_TTL_MS = 24 * 60 * 60_000

/** Replaces the text if it is still the one that the decision was made on; else answers with the one that is there. */
const swap = new RedisScript(`
  local there = redis.call('GET', KEYS[1]) or ''
  if there ~= ARGV[1] then return { 0, there } end
  if ARGV[3] == '0' then redis.call('SET', KEYS[1], ARGV[2]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
  return { 1 }
`)

/** The records of circuits in Redis, one JSON text each. */
export class CircuitStore {
  readonly #redis: Redis

  constructor(redis: Redis) {
    this.#redis = redis
  }

  async read(target: Target): Promise<KeptCircuit> {
    return kept((await this.#redis.get(keyOf(target))) ?? '')
  }

  /** @returns the new record, or that of whoever was faster */
  async swap(target: Target, before: string, next: CircuitRecord): Promise<KeptCircuit & { readonly won: boolean }> {
    const text = JSON.stringify(next)
    const ttl = next.owed.length === 0 ? ttlOf(target, next) : 0
    const [won, there] = (await swap.run(this.#redis, keyOf(target), before, text, ttl)) as [number, string]
    return won === 1 ? { text, record: next, won: true } : { ...kept(there), won: false }
  }
}

/** In milliseconds; 0 for as long as it takes. */
const ttlOf = ({ tenantId }: Target, { circuit }: CircuitRecord): number => {
  if (circuit.state === 'closed') return CLOSED_TTL_MS
  return tenantId === undefined ? 0 : TENANT_TTL_MS
}

const kept = (text: string): KeptCircuit =>
  text === '' ? noCircuit : { text, record: JSON.parse(text) as CircuitRecord }

/** Names may hold whatever an endpoint calls its models. */
export const keyOf = ({ provider, model, tenantId }: Target): string => {
  const shared = `circuit:${encodeURIComponent(provider)}:${encodeURIComponent(model)}`
  return tenantId === undefined ? shared : `${shared}:${tenantId}`
}
