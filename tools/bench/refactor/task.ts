import type { Tool } from './tools.ts'

/** A file that a tool is given. */
export interface SourceFile {
  readonly path: string
  readonly isModule: boolean
  readonly isTypeScript: boolean
}

/** What a driver's process is told, as JSON on its standard input. */
export interface Task {
  readonly tool: Tool
  /** Where the tools are installed. */
  readonly tools: string
  /** The package; files are changed in place. */
  readonly folder: string
  readonly files: readonly SourceFile[]
}

/** What it prints, as JSON on its last line. */
export interface Done {
  /** One line a file on which the tool failed. */
  readonly crashes: readonly string[]
  /** One line a file that the tool would not read. */
  readonly skips: readonly string[]
  /** Of the process at its largest, MiB. */
  readonly peakMiB: number
}

/** Changes one text; what it throws is a crash. */
export type Rewrite = (text: string, file: SourceFile) => Promise<string>

/** The tool does not know the file's syntax and says so. */
export class Skipped extends Error {}
