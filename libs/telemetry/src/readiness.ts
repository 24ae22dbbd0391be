import { redactText } from '@iama/security'
import { setTimeout as sleep } from 'node:timers/promises'

/** Rejects when the dependency does not work. `fix` tells an operator what to do. */
export type ReadinessCheck = (() => Promise<void>) | { check(): Promise<void>; readonly fix: string }

export interface CheckReport {
  readonly ok: boolean
  /** How long the check took, in milliseconds. */
  readonly ms: number
  readonly error?: string
  readonly fix?: string
}

export interface ReadinessReport {
  readonly ready: boolean
  readonly checks: Readonly<Record<string, CheckReport>>
}

/** What a process depends on, looked at on demand. Also the source of grpc.health.v1 in `@iama/rpc`. */
export interface Readiness {
  report(): Promise<ReadinessReport>
  ready(): Promise<boolean>
}

export interface ReadinessOptions {
  /** How long one check may take, in milliseconds; 800 unless given, so that the answer comes within a second. */
  readonly timeoutMs?: number
  /** How long a report is repeated, in milliseconds; 200 unless given. */
  readonly cacheMs?: number
}

const withoutSecrets = (error: unknown): string =>
  redactText(error instanceof Error ? error.message || error.name : String(error)).slice(0, 300)

/** One check, never twice at once: a dependency that hangs must not collect requests. */
class Check {
  readonly #name: string
  readonly #run: () => Promise<void>
  readonly #fix: string
  #underWay: Promise<void> | undefined

  constructor(name: string, check: ReadinessCheck) {
    this.#name = name
    this.#run = typeof check === 'function' ? check : () => check.check()
    this.#fix = typeof check === 'function' ? `make sure that ${name} runs and can be reached` : check.fix
  }

  async look(timeoutMs: number): Promise<[string, CheckReport]> {
    const started = performance.now()
    const elapsed = () => Math.round(performance.now() - started)
    const timer = new AbortController()
    try {
      this.#underWay ??= this.#start()
      await Promise.race([
        this.#underWay,
        sleep(timeoutMs, undefined, { signal: timer.signal }).then(() => {
          throw new Error(`no answer within ${timeoutMs} ms`)
        }),
      ])
      return [this.#name, { ok: true, ms: elapsed() }]
    } catch (error) {
      return [this.#name, { ok: false, ms: elapsed(), error: withoutSecrets(error), fix: this.#fix }]
    } finally {
      timer.abort()
    }
  }

  #start(): Promise<void> {
    // async: a check that throws at once is a failed check too
    const run = (async () => this.#run())().finally(() => (this.#underWay = undefined))
    run.catch(() => {})
    return run
  }
}

/** Readiness from named checks; all are made at once, and each answers for itself. */
export const readiness = (
  checks: Readonly<Record<string, ReadinessCheck>>,
  { timeoutMs = 800, cacheMs = 200 }: ReadinessOptions = {},
): Readiness => {
  const all = Object.entries(checks).map(([name, check]) => new Check(name, check))
  let last: { readonly until: number; readonly report: Promise<ReadinessReport> } | undefined

  const look = async (): Promise<ReadinessReport> => {
    const reports = await Promise.all(all.map((check) => check.look(timeoutMs)))
    return { ready: reports.every(([, { ok }]) => ok), checks: Object.fromEntries(reports) }
  }

  const report = (): Promise<ReadinessReport> => {
    if (last && performance.now() < last.until) return last.report
    const fresh = look()
    // while it runs it serves all who ask; its age counts from its end
    last = { until: Infinity, report: fresh }
    void fresh.then(() => (last = { until: performance.now() + cacheMs, report: fresh }))
    return fresh
  }

  return { report, ready: async () => (await report()).ready }
}
