export interface Command {
  /** A module under tools/ that exports `run(args): Promise<number>`, the exit code. */
  readonly script: string
  readonly summary: string
  readonly usage: string
  readonly passHelp?: boolean
}

export declare const commands: Readonly<Record<string, Command | undefined>>
export declare const help: (name?: string) => string
