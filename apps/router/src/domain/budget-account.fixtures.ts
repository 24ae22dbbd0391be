import { breachOf } from './budget.ts'

// What the scripts in Redis do to one account, once more as pure functions, so that every order in which replicas,
// loads, losses and deaths can come may be tried in milliseconds.

export interface Kept {
  /** Undefined when it is to be rebuilt from the ledger. */
  readonly spent: number | undefined
  readonly reserved: number
  /** Changes whenever a sum that somebody is reading would be wrong. */
  readonly book: string | undefined
  /** Reservations by the id of the call. */
  readonly open: ReadonlyMap<string, number>
}

/** Redis as it is at first, and after a loss. */
export const nothingKept: Kept = { spent: undefined, reserved: 0, book: undefined, open: new Map() }

const hold = (kept: Kept, id: string, amount: number, word: string): Kept => ({
  spent: kept.spent,
  reserved: kept.reserved + amount,
  book: kept.spent === undefined ? word : kept.book,
  open: new Map(kept.open).set(id, amount),
})

const rebuild = (kept: Kept, word: string): Kept => ({ ...kept, spent: undefined, book: word })

export const reserve = (
  kept: Kept,
  id: string,
  amount: number,
  limit: number | undefined,
  word: string,
): Kept | 'missing' | 'reached' => {
  if (kept.open.has(id)) return kept
  if (limit !== undefined) {
    if (kept.spent === undefined) return 'missing'
    const gone = kept.spent + kept.reserved
    if (breachOf({ jobMicros: gone, monthMicros: gone }, { monthMicros: limit }, amount)) return 'reached'
  }
  return hold(kept, id, amount, word)
}

/** @param cost undefined when nothing was spent */
export const end = (kept: Kept, id: string, cost: number | undefined, word: string): Kept => {
  const amount = kept.open.get(id)
  if (amount === undefined) return cost === undefined ? kept : rebuild(kept, word)
  const open = new Map(kept.open)
  open.delete(id)
  const rest = { ...kept, open, reserved: kept.reserved - amount }
  if (cost === undefined) return rest
  return rest.spent === undefined ? { ...rest, book: word } : { ...rest, spent: rest.spent + cost }
}

/** What a load needs: the account's word, and whose rows are not to be counted. */
export interface Load {
  readonly word: string
  readonly except: ReadonlySet<string>
}

export const beginLoad = (kept: Kept, word: string): { kept: Kept; load: Load } => {
  const book = kept.book ?? word
  return { kept: { ...kept, book }, load: { word: book, except: new Set(kept.open.keys()) } }
}

export const load = (kept: Kept, word: string, sum: number): Kept =>
  kept.spent !== undefined || kept.book !== word
    ? kept
    : { ...kept, spent: sum, reserved: [...kept.open.values()].reduce((total, amount) => total + amount, 0) }

export const restore = (kept: Kept, entries: ReadonlyMap<string, number>, word: string): Kept => {
  let after = kept
  for (const [id, amount] of entries) {
    if (!after.open.has(id)) after = rebuild(hold(after, id, amount, word), word)
  }
  return after
}
