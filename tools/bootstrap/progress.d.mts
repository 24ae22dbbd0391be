import type { ChildProcess } from 'node:child_process'

/** Says where a running step is; shown behind its title. */
export type Note = (text: string) => void

export interface FailureDetails {
  readonly logFile?: string | undefined
  /** What a person can do about it. */
  readonly hint?: string | undefined
  /** The last lines of output. */
  readonly tail?: string | undefined
}

export declare class StepFailed extends Error {
  constructor(title: string, details?: FailureDetails)
  readonly logFile?: string
  readonly hint?: string
  readonly tail?: string
}

export interface RunLoggedOptions {
  readonly logFile: string
  readonly hint?: string
  readonly note?: Note
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What the failure calls the command; by default its file name. */
  readonly title?: string
  /** The lines of the log that tell why; its end unless given. */
  readonly excerpt?: (logFile: string) => string
  readonly uid?: number
  readonly gid?: number
}

export declare const seconds: (milliseconds: number) => string
export declare const say: (line?: string) => void
export declare const step: <T>(title: string, work: (note: Note) => Promise<T> | T) => Promise<T>
export declare const tailOf: (file: string, lines?: number) => string
export declare const runLogged: (command: string, args: readonly string[], options: RunLoggedOptions) => Promise<void>
export declare const explain: (error: Error) => void
export declare const track: <T extends ChildProcess>(child: T) => T
export declare const endChildren: (signal?: NodeJS.Signals) => void
