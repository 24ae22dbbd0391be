import { fork, type ChildProcess } from 'node:child_process'
import { DomainError } from '@iama/kernel'
import type { CodemodJob } from './codemod-work.ts'

/** The engine could not do it; its words are for the operator. */
export class EngineFailed extends DomainError {
  readonly code = 'ENGINE_FAILED'
}

export interface ChildLimits {
  /** The child's program. */
  readonly program: string
  /** Its heap, in MiB. */
  readonly memoryMiB: number
  readonly timeoutMs: number
}

/**
 * Does one piece of work in a process of its own and ends it whatever happens: an aborted signal kills it at once.
 * @returns the answer of the phase, as JSON text
 * @throws EngineFailed; the reason of the signal
 */
export const runChild = async (job: CodemodJob, limits: ChildLimits, signal: AbortSignal): Promise<string> => {
  signal.throwIfAborted()
  const child = fork(limits.program, {
    serialization: 'advanced',
    execArgv: [`--max-old-space-size=${limits.memoryMiB}`, '--disable-warning=ExperimentalWarning'],
    env: {}, // it needs nothing of ours
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const over = new AbortController()
  const tooLong = new EngineFailed(`the engine took longer than ${limits.timeoutMs / 1_000} s; name fewer files`)
  const timer = setTimeout(() => over.abort(tooLong), limits.timeoutMs)
  const abort = (): void => over.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await answerOf(child, job, limits, over.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    child.kill('SIGKILL')
  }
}

const answerOf = (child: ChildProcess, job: CodemodJob, limits: ChildLimits, over: AbortSignal): Promise<string> =>
  new Promise((resolve, reject) => {
    over.addEventListener('abort', () => reject(over.reason as Error), { once: true })
    child.on('message', (message: { text?: string; error?: string }) =>
      message.text === undefined ? reject(new EngineFailed(firstLine(message.error))) : resolve(message.text),
    )
    child.on('error', reject) // more than one may come: a child that cannot be written to, and its end
    child.on('exit', (code, killedBy) =>
      reject(
        new EngineFailed(
          `the engine ended early (${killedBy ?? code}); the code may be too large for ${limits.memoryMiB} MiB`,
        ),
      ),
    )
    child.send(job)
  })

const firstLine = (text = ''): string => text.split('\n', 1)[0] ?? ''
