import type { Exercise, Scope } from '../types.ts'
import type { Workbench } from '../workbench.ts'
import { instrumentTree, readRecords } from './instrument-tree.ts'
import { recordable } from './recording.ts'
import { assembleSessions, type Assembled } from './records.ts'
import { thrownLine } from '../tests-output/thrown-line.ts'

export interface ExerciseLimits {
  /** Of one exercise, milliseconds. */
  readonly itemMs: number
  readonly maxOutputBytes: number
  readonly signal?: AbortSignal
}

export const defaultExerciseLimits: ExerciseLimits = { itemMs: 20_000, maxOutputBytes: 64 * 1024 }

export interface Exercised extends Assembled {
  readonly failed: readonly { readonly purpose: string; readonly reason: string }[]
}

const dir = 'verdict-exercise'

/** An ES module unless it says otherwise: that can use both kinds. */
const endingOf = (code: string): string =>
  /^\s*(import|export)\b/m.test(code) || !/\b(require\s*\(|module\.exports\b)/.test(code) ? 'mjs' : 'cjs'

/**
 * Runs each exercise in a process of its own, on a copy of the base whose modules record what is done with them. The
 * base does not notice. Nothing that an exercise prints or returns matters.
 */
export const recordExercises = async (
  workbench: Workbench,
  base: string,
  scope: Scope,
  exercises: readonly Exercise[],
  limits: ExerciseLimits = defaultExerciseLimits,
): Promise<Exercised> => {
  const { modules, esm } = await recordable(workbench, base, scope)
  await workbench.fork(base, dir)
  try {
    await instrumentTree(workbench, dir, modules, {
      technique: esm ? 'facade' : 'append',
      mode: 'with-callbacks',
    })
    const failed: { purpose: string; reason: string }[] = []
    for (const [index, { purpose, code }] of exercises.entries()) {
      const file = `iama-exercise-${index + 1}.${endingOf(code)}`
      await workbench.write(dir, new Map([[file, Buffer.from(code)]]))
      const run = await workbench.run({
        dir,
        argv: ['node', file],
        env: { TZ: 'UTC', LANG: 'C.UTF-8', NODE_OPTIONS: '--no-warnings' },
        timeoutMs: limits.itemMs,
        maxOutputBytes: limits.maxOutputBytes,
        ...(limits.signal === undefined ? {} : { signal: limits.signal }),
      })
      if (run.exitCode !== 0) failed.push({ purpose, reason: reasonOf(run, limits) })
    }
    return { ...assembleSessions(await readRecords(workbench, dir)), failed }
  } finally {
    await workbench.remove(dir)
  }
}

const reasonOf = (run: { timedOut: boolean; stopped?: string; stderr: string }, limits: ExerciseLimits): string => {
  if (run.timedOut) return `it did not end within ${limits.itemMs / 1_000} s`
  return run.stopped ?? thrownLine(run.stderr) ?? (run.stderr.trim().split('\n').at(-1) || 'it failed')
}
