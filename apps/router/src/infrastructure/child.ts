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

const end = (child: ChildProcess): void => void child.kill('SIGKILL')

/**
 * Does one piece of work in a child that nobody else uses. One that answered goes to `keep`, which ends it unless told
 * otherwise; every other is ended here, and an aborted signal kills it at once.
 * @returns the answer, as JSON text
 * @throws EngineFailed; the reason of the signal
 */
export const runChild = async (
  take: () => ChildProcess,
  work: EngineWork,
  limits: ChildLimits,
  signal: AbortSignal,
  keep: (child: ChildProcess) => void = end,
): Promise<string> => {
  signal.throwIfAborted()
  const child = take()
  const over = new AbortController()
  const tooLong = new EngineFailed(`the engine took longer than ${limits.timeoutMs / 1_000} s; name fewer files`)
  const timer = setTimeout(() => over.abort(tooLong), limits.timeoutMs)
  const abort = (): void => over.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    const answer = await answerOf(child, work, limits, over.signal)
    keep(child)
    return answer
  } catch (error) {
    end(child)
    throw error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

/** Leaves nothing of itself at a child that answered: it may be asked again. */
const answerOf = async (
  child: ChildProcess,
  work: EngineWork,
  limits: ChildLimits,
  over: AbortSignal,
): Promise<string> => {
  const answered = Promise.withResolvers<string>()
  const { resolve, reject } = answered
  const hear = (message: { text?: string; error?: string }): void =>
    message.text === undefined ? reject(new EngineFailed(firstLine(message.error))) : resolve(message.text)
  const ended = (code: number | null, killedBy: NodeJS.Signals | null): void =>
    reject(new EngineFailed(`the engine ${endingOf(code, killedBy, limits)}`))
  over.addEventListener('abort', () => reject(over.reason as Error), { once: true })
  // more than one error may come: a child that cannot be written to, and its end
  child.on('message', hear).on('exit', ended).on('error', reject)
  child.send(work)
  const answer = await answered.promise
  child.off('message', hear).off('exit', ended).off('error', reject)
  return answer
}

const endingOf = (code: number | null, killedBy: NodeJS.Signals | null, { memoryMiB }: ChildLimits): string =>
  // V8 aborts when its heap is full; the kernel kills when the machine's memory is
  killedBy === 'SIGABRT' || killedBy === 'SIGKILL' || code === 134
    ? `ran out of its ${memoryMiB} MiB; name fewer files`
    : `ended early (${killedBy ?? `exit code ${code}`}); its program may be damaged or just being replaced`

const firstLine = (text = ''): string => text.split('\n', 1)[0] ?? ''
