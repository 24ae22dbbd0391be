import type { ChildProcess } from 'node:child_process'
import { DomainError } from '@iama/kernel'
import type { EngineWork } from './engine-work.ts'
import type { ChildProgram } from './spare-child.ts'

/** The engine could not do it; its words are for the operator. */
export class EngineFailed extends DomainError {
  readonly code = 'ENGINE_FAILED'
}

export interface ChildLimits extends ChildProgram {
  readonly timeoutMs: number
}

/**
 * Does one piece of work in a child of its own and ends it whatever happens: an aborted signal kills it at once.
 * @returns the answer, as JSON text
 * @throws EngineFailed; the reason of the signal
 */
export const runChild = async (
  take: () => ChildProcess,
  work: EngineWork,
  limits: ChildLimits,
  signal: AbortSignal,
): Promise<string> => {
  signal.throwIfAborted()
  const child = take()
  const over = new AbortController()
  const tooLong = new EngineFailed(`the engine took longer than ${limits.timeoutMs / 1_000} s; name fewer files`)
  const timer = setTimeout(() => over.abort(tooLong), limits.timeoutMs)
  const abort = (): void => over.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await answerOf(child, work, limits, over.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    child.kill('SIGKILL')
  }
}

const answerOf = (child: ChildProcess, work: EngineWork, limits: ChildLimits, over: AbortSignal): Promise<string> =>
  new Promise((resolve, reject) => {
    over.addEventListener('abort', () => reject(over.reason as Error), { once: true })
    child.on('message', (message: { text?: string; error?: string }) =>
      message.text === undefined ? reject(new EngineFailed(firstLine(message.error))) : resolve(message.text),
    )
    child.on('error', reject) // more than one may come: a child that cannot be written to, and its end
    child.on('exit', (code, killedBy) => reject(new EngineFailed(`the engine ${endingOf(code, killedBy, limits)}`)))
    child.send(work)
  })

const endingOf = (code: number | null, killedBy: NodeJS.Signals | null, { memoryMiB }: ChildLimits): string =>
  // V8 aborts when its heap is full; the kernel kills when the machine's memory is
  killedBy === 'SIGABRT' || killedBy === 'SIGKILL' || code === 134
    ? `ran out of its ${memoryMiB} MiB; name fewer files`
    : `ended early (${killedBy ?? `exit code ${code}`}); its program may be damaged or just being replaced`

const firstLine = (text = ''): string => text.split('\n', 1)[0] ?? ''
