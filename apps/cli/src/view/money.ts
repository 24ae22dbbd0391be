import type { Proposal } from '@iama/contracts/iama/jobs/v1/job'

import { oneLine } from './style.ts'

/** The parts of a proposal that say what it costs. */
export type Priced = Pick<Proposal, 'engine' | 'estimatedCostMicros' | 'mostCostMicros' | 'currency'>

const DECIMALS = 6
/** Less than a cent needs more decimals to be more than nothing. */
const CENT_MICROS = 10_000n

/** Micro-units for people: `0.42 USD`, and below a cent `0.0012 USD`, unless the decimals are given. */
export const money = (micros: bigint, currency: string, decimals?: number): string => {
  const shown = decimals ?? (micros !== 0n && micros < CENT_MICROS ? 4 : 2)
  // what is there but too small for its decimals must not read as nothing
  const amount = micros > 0n && micros < 50n ? '<0.0001' : (Number(micros) / 1e6).toFixed(shown)
  return `${amount} ${oneLine(currency) || 'USD'}`
}

/** What the rest of a job may cost: `free`, or what is expected and the most. */
export const costRange = ({ engine, estimatedCostMicros, mostCostMicros, currency }: Priced): string => {
  if (estimatedCostMicros === 0n && mostCostMicros === 0n) {
    return engine === 'model' ? 'no cost, for its models have no price' : 'free'
  }
  const expected = `about ${money(estimatedCostMicros, currency)}`
  return mostCostMicros > estimatedCostMicros ? `${expected}, at most ${money(mostCostMicros, currency)}` : expected
}

/**
 * US dollars as a person writes them, in micro-units; undefined for what is no amount above nothing with at most six
 * decimals and below ten million.
 */
export const parseUsd = (text: string): bigint | undefined => {
  const [, whole, fraction = ''] = /^\$?(\d{1,7})(?:\.(\d{1,6}))?$/.exec(text.trim()) ?? []
  if (whole === undefined) return undefined
  const micros = BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(DECIMALS, '0'))
  return micros > 0n ? micros : undefined
}
