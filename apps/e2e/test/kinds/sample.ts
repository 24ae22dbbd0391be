import type { Files } from '../projects.ts'

/** A project of one kind: small, its tests green, with something to modernise for the offline engine. */
export interface Sample {
  readonly files: Files
  /** Globs of the files to refactor; all of them unless told. */
  readonly include?: readonly string[]
  /** What gate 1 runs: its tests, and each build as one more. */
  readonly tests: number
  /** Files that the patch changes. */
  readonly changes: readonly string[]
}

/** A manifest that wants Node 20, so that nothing above its floor is needed to modernise it. */
export const manifest = (extra: object): string =>
  `${JSON.stringify({ name: 'sample', version: '1.0.0', private: true, engines: { node: '>=20' }, ...extra }, null, 2)}\n`

export const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
