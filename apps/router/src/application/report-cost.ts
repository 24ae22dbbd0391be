import { CURRENCY, type Tokens } from '../domain/price.ts'

/** What one model has used in one phase of a job. */
export interface CostLine extends Tokens {
  readonly phase: string
  readonly attempt: number
  readonly provider: string
  readonly model: string
  readonly calls: number
  readonly costMicros: number
  readonly milliseconds: number
  /** Some of the tokens are our own count. */
  readonly estimated: boolean
}

export interface JobCost {
  /** In the order of the first call. */
  readonly lines: readonly CostLine[]
  readonly currency: string
}

/** The usage log, as far as it is read. */
export interface UsageBook {
  ofJob(tenantId: string, jobId: string): Promise<readonly CostLine[]>
}

/** What the models of a job have used so far. */
export class ReportCost {
  readonly #book: UsageBook

  constructor(book: UsageBook) {
    this.#book = book
  }

  async execute(tenantId: string, jobId: string): Promise<JobCost> {
    return { lines: await this.#book.ofJob(tenantId, jobId), currency: CURRENCY }
  }
}
