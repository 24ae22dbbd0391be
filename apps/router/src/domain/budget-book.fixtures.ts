import { breachOf, type Breach, type SpendingLimits } from './budget.ts'

// Budgets once more in the plainest words: one tenant in one month, one diary of every call. There are no sums to get
// wrong, no Redis to lose, and no replicas: what the real thing does has to look like this.

export type Ending = 'settled' | 'released' | 'estimated'

export interface CallInBook {
  readonly jobId: string
  /** The most that it can cost. */
  readonly reserved: number
  /** Who makes it. */
  readonly replica: number
  ending?: Ending
  /** What it has cost. */
  cost: number
}

export interface Book {
  readonly calls: Map<string, CallInBook>
}

export const emptyBook = (): Book => ({ calls: new Map() })

const sum = (book: Book, what: (call: CallInBook) => number): number =>
  [...book.calls.values()].reduce((total, call) => total + what(call), 0)

const ofJob = (jobId: string) => (call: CallInBook) => call.jobId === jobId

/** What was spent, and what that and the calls under way come to at the most. */
export const standingOf = (book: Book, jobId: string) => {
  const isMine = ofJob(jobId)
  const gone = (call: CallInBook): number => (call.ending ? call.cost : call.reserved)
  return {
    spent: {
      jobMicros: sum(book, (call) => (isMine(call) ? call.cost : 0)),
      monthMicros: sum(book, (call) => call.cost),
    },
    atMost: {
      jobMicros: sum(book, (call) => (isMine(call) ? gone(call) : 0)),
      monthMicros: sum(book, gone),
    },
  }
}

/** @returns the limit that it would break; then it is not begun */
export const begin = (
  book: Book,
  id: string,
  call: Pick<CallInBook, 'jobId' | 'reserved' | 'replica'>,
  limits: SpendingLimits,
): Breach | undefined => {
  const breach = breachOf(standingOf(book, call.jobId).atMost, limits, call.reserved)
  if (!breach) book.calls.set(id, { ...call, cost: 0 })
  return breach
}

/** A call ends once; what is said of it later changes nothing. */
export const finish = (book: Book, id: string, ending: Ending, cost: number): void => {
  const call = book.calls.get(id)
  if (!call || call.ending) return
  call.ending = ending
  call.cost = cost
}

/** Nobody can say any more what the calls of a dead replica have cost: all that they could. */
export const die = (book: Book, replica: number): void => {
  for (const [id, call] of book.calls) if (call.replica === replica) finish(book, id, 'estimated', call.reserved)
}

/** Ids of the calls that a replica has under way. */
export const underWay = (book: Book, replica: number): string[] =>
  [...book.calls].flatMap(([id, call]) => (call.replica === replica && !call.ending ? [id] : []))
