import { fork } from 'node:child_process'
import { DomainError } from '@iama/kernel'
import type { Assignment, Part, Provider } from '../application/ports.ts'
import type { Route } from '../domain/route.ts'
import type { CodemodJob } from './codemod-work.ts'
import type { Snapshots } from './snapshot.ts'

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
  /** Children at once; more wait. */
  readonly atOnce: number
}

const CHUNK = 64 * 1024

/** The offline engine: no network, no tokens, the same answer each time. Each call is one limited child process. */
export class CodemodProvider implements Provider {
  readonly name = 'codemod'
  readonly model = 'codemod'
  readonly classes = ['L1', 'L2', 'L3'] as const
  readonly #snapshots: Snapshots
  readonly #limits: ChildLimits
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(snapshots: Snapshots, limits: ChildLimits) {
    this.#snapshots = snapshots
    this.#limits = limits
  }

  async *generate(assignment: Assignment, _route: Route, signal: AbortSignal): AsyncGenerator<Part> {
    const tree = await this.#snapshots.read(assignment.tenantId, assignment.manifest, signal)
    yield { kind: 'progress', text: `the engine reads ${tree.size} files` }
    const { phase, goal, target, include, recipes, skip, proposalId } = assignment
    const text = await this.#inTurn(() =>
      this.#run({ phase, tree, goal, target, include, recipes, skip, proposalId }, signal),
    )
    for (let at = 0; at < text.length; at += CHUNK) yield { kind: 'text', text: text.slice(at, at + CHUNK) }
    yield { kind: 'usage', inputTokens: 0, outputTokens: 0, costMicros: 0 }
  }

  async #inTurn<Result>(run: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#limits.atOnce) await new Promise<void>((go) => this.#waiting.push(go))
    this.#running++
    try {
      return await run()
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }

  #run(job: CodemodJob, signal: AbortSignal): Promise<string> {
    const { program, memoryMiB, timeoutMs } = this.#limits
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const child = fork(program, {
        serialization: 'advanced',
        execArgv: [`--max-old-space-size=${memoryMiB}`, '--disable-warning=ExperimentalWarning'],
        env: {}, // it needs nothing of ours
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      })
      const timer = setTimeout(
        () => end(new EngineFailed(`the engine took longer than ${timeoutMs / 1_000} s`)),
        timeoutMs,
      )
      const end = (outcome: string | Error): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
        child.kill('SIGKILL')
        if (typeof outcome === 'string') resolve(outcome)
        else reject(outcome)
      }
      const abort = (): void => end(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
      signal.addEventListener('abort', abort, { once: true })
      child.once('message', (message: { text?: string; error?: string }) =>
        end(message.text ?? new EngineFailed(firstLine(message.error))),
      )
      child.once('error', (error) => end(error))
      child.once('exit', (code, killedBy) =>
        end(
          new EngineFailed(
            `the engine ended early (${killedBy ?? code}); the code may be too large for ${memoryMiB} MiB`,
          ),
        ),
      )
      child.send(job)
    })
  }
}

const firstLine = (text = ''): string => text.split('\n', 1)[0] ?? ''
