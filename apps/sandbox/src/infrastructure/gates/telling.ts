import type { LeafReport } from '@iama/verdict'
import type { GateSummary, Progress } from '../../application/findings.ts'

/** Where a worker reports how far it is. */
export interface Telling {
  progress(progress: Progress): void
  gate(gate: GateSummary): void
}

/** Tells that a step begins, does it, and tells how it ended and how long it took. */
export const timed = async <Result>(
  telling: Telling,
  step: string,
  text: string,
  work: () => Promise<Result> | Result,
  describe: (result: Result) => string,
): Promise<Result> => {
  const startedAt = performance.now()
  const tell = (phase: Progress['phase'], sentence: string) => {
    const milliseconds = phase === 'started' ? 0 : Math.round(performance.now() - startedAt)
    telling.progress({ step, phase, text: sentence, milliseconds: BigInt(milliseconds) })
  }
  tell('started', text)
  try {
    const result = await work()
    tell('done', describe(result))
    return result
  } catch (error) {
    tell('failed', error instanceof Error ? error.message.slice(0, 500) : String(error))
    throw error
  }
}

/** `3 tests`, `1 test`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

/** A leaf of the project's checks, when it is done. */
export const leafProgress = (report: LeafReport): Progress => {
  const passed = report.tests.filter(({ status }) => status === 'pass').length
  const failed = report.tests.filter(({ status }) => status === 'fail').length
  const notes = report.notes.length > 0 ? ` (${report.notes.join('; ')})` : ''
  const outcome = report.status === 'timed-out' ? 'killed at its time limit' : report.status
  return {
    step: `leaf:${report.leaf}`,
    phase: report.status === 'pass' ? 'done' : 'failed',
    text: `${outcome}: ${counted(passed, 'test')} passed, ${failed} failed${notes}`,
    milliseconds: BigInt(Math.round(report.durationMs)),
  }
}
