import type { TestResult } from '../types.ts'
import type { ReportedTest } from './json-reports.ts'

/** The project's own path of a file that a runner named by an absolute path: the longest ending that exists. */
export const projectPath = (named: string, files: ReadonlySet<string>): string => {
  const parts = named
    .replaceAll('\\', '/')
    .replace(/^file:\/\//, '')
    .split('/')
  for (let i = 0; i < parts.length; i++) {
    const candidate = parts.slice(i).join('/')
    if (files.has(candidate)) return candidate
  }
  return parts.at(-1) ?? named
}

/** `file > suite > test`, with ` #2` from the second of the same name on (TAP names repeat). */
export const withIds = (tests: readonly ReportedTest[], files: ReadonlySet<string>): TestResult[] => {
  const seen = new Map<string, number>()
  return tests.map((test) => {
    const path = test.path.map((title) => title.replace(/\s+/g, ' ').trim())
    const name = [...(test.file === undefined ? [] : [projectPath(test.file, files)]), ...path].join(' > ')
    const ordinal = (seen.get(name) ?? 0) + 1
    seen.set(name, ordinal)
    return {
      id: ordinal === 1 ? name : `${name} #${ordinal}`,
      status: test.status,
      ...(test.durationMs === undefined ? {} : { durationMs: test.durationMs }),
      ...(test.message === undefined ? {} : { message: test.message }),
    }
  })
}
