import { StepFailed, tailOf } from '../bootstrap/progress.mjs'
import type { ManagedProcess } from './processes.ts'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export interface WaitOptions {
  readonly process: ManagedProcess
  readonly deadlineMs: number
  /** Says why it is not ready; nothing when it is. */
  readonly notYet: () => Promise<string | undefined>
  /** It may end and be started again this often before we give up. */
  readonly crashes?: number
}

/**
 * Waits until a process is ready.
 * @throws StepFailed with the end of its log when it ends or is still not ready at the deadline.
 */
export const untilReady = async ({ process, deadlineMs, notYet, crashes = 0 }: WaitOptions): Promise<void> => {
  const until = Date.now() + deadlineMs
  const before = process.crashes
  let reason: string | undefined = 'not asked yet'
  for (let pause = 10; Date.now() < until; pause = Math.min(pause * 1.5, 200)) {
    if (process.crashes - before > crashes) {
      const logFile = process.logFile
      const hint = 'the end of its log above says why; mend that and run the same command again'
      throw new StepFailed(`${process.name} ended while starting`, { tail: tailOf(logFile), logFile, hint })
    }
    if (process.running) {
      reason = await notYet().catch((error: Error) => error.message || error.constructor.name)
      if (reason === undefined) return
    }
    await sleep(pause)
  }
  throw new StepFailed(`${process.name} is not ready after ${deadlineMs / 1000} s: ${reason}`, {
    tail: tailOf(process.logFile),
    logFile: process.logFile,
    hint: 'the end of its log above says what it waits for',
  })
}
