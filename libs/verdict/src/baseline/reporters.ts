import type { Leaf } from '../types.ts'
import { joinWords } from '../checks/shell-words.ts'

/** How a leaf is made to tell its tests one by one. */
export interface Reporting {
  readonly argv: readonly string[]
  readonly format: 'tap' | 'mocha' | 'jest' | 'node' | 'exit-code'
  /** Where the report is written when not to stdout; relative to the directory. */
  readonly reportFile?: string
  /** Written beside the code for the run. */
  readonly helper?: { readonly path: string; readonly text: string }
  readonly env?: Readonly<Record<string, string>>
}

const reportFile = '.iama-report.json'

/**
 * A reporter for node:test that tells file, path and outcome of each test. Suites are told only when they fail by
 * themselves (a hook), for their tests speak for them.
 */
const nodeReporter = `export default async function* (events) {
  const titles = []
  for await (const { type, data } of events) {
    if (type === 'test:start') titles.splice(data.nesting, Infinity, data.name)
    if (type !== 'test:pass' && type !== 'test:fail') continue
    const error = data.details.error
    const suite = data.details.type === 'suite'
    if (suite && (type === 'test:pass' || (error && error.failureType === 'subtestsFailed'))) continue
    const skipped = data.skip !== undefined || data.todo !== undefined
    const cause = error && error.cause
    yield JSON.stringify({
      status: skipped ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed',
      path: titles.slice(0, data.nesting).concat(data.name),
      file: data.file,
      durationMs: data.details.duration_ms,
      message: type === 'test:fail' ? String((cause && cause.message) || cause || error.message) : undefined,
    }) + '\\n'
  }
}
`

const append = (leaf: Leaf, extra: readonly string[]): readonly string[] =>
  leaf.shell ? [...leaf.argv.slice(0, -1), `${leaf.argv.at(-1)} ${joinWords(extra)}`] : [...leaf.argv, ...extra]

/** node's own options stand before the files: they go right behind `--test`. */
const afterTestFlag = (leaf: Leaf, extra: readonly string[]): readonly string[] => {
  if (leaf.shell) return leaf.argv.map((word) => word.replace(/(^|\s)--test(?=\s|$)/, `$1--test ${joinWords(extra)}`))
  const at = leaf.argv.indexOf('--test')
  return [...leaf.argv.slice(0, at + 1), ...extra, ...leaf.argv.slice(at + 1)]
}

/** borp runs node:test itself: its options are its own, and what checks coverage has none that switches it off. */
const ofBorp = (leaf: Leaf, reporter: string): readonly string[] => {
  const coverage = /(^|\s)(-C|--coverage|--check-coverage)(?=\s|$)/g
  const argv = leaf.shell
    ? leaf.argv.map((word) => word.replaceAll(coverage, ''))
    : leaf.argv.filter((word) => !word.match(coverage))
  return append({ ...leaf, argv }, [`--reporter=./${reporter}:${reportFile}`])
}

const tapCoverageOff = (version: string | undefined): string[] => {
  const major = Number((version ?? '').split('.')[0])
  if (!Number.isFinite(major) || major === 0) return []
  if (major >= 18) return ['--disable-coverage']
  return major >= 15 ? ['--no-check-coverage', '--no-coverage-report'] : ['--no-coverage']
}

/**
 * The command that makes a runner report by test. `ci` forbids it to write snapshots.
 * `toolVersion` is the installed version of the runner: tap spells its options by version.
 */
export const reportingOf = (leaf: Leaf, ci: boolean, toolVersion?: string): Reporting => {
  switch (leaf.runner) {
    case 'tape':
      return { argv: leaf.argv, format: 'tap' }
    case 'tap':
      return { argv: append(leaf, ['--reporter=tap', ...tapCoverageOff(toolVersion)]), format: 'tap' }
    case 'ava':
      return { argv: append(leaf, ['--tap']), format: 'tap' }
    case 'node:test': {
      const helper = { path: '.iama-reporter.mjs', text: nodeReporter }
      const extra = [`--test-reporter=./${helper.path}`, `--test-reporter-destination=${reportFile}`]
      const isNode = leaf.argv.some((word) => /(^|\s)--test(\s|$)/.test(word))
      const argv = isNode ? afterTestFlag(leaf, extra) : ofBorp(leaf, helper.path)
      return { argv, format: 'node', reportFile, helper }
    }
    case 'mocha':
      return { argv: append(leaf, ['--reporter', 'json']), format: 'mocha' }
    case 'jest': {
      const extra = ['--json', `--outputFile=${reportFile}`, '--coverage=false', ...(ci ? ['--ci'] : [])]
      return { argv: append(leaf, extra), format: 'jest', reportFile }
    }
    case 'vitest': {
      const words = leaf.shell ? leaf.argv : leaf.argv.filter((word) => word !== 'watch' && word !== '--watch')
      const once = leaf.argv.some((word) => /(^|\s)(run|--run)(\s|$)/.test(word)) ? [] : ['--run']
      const extra = [...once, '--reporter=json', `--outputFile=${reportFile}`, '--coverage.enabled=false']
      return { argv: append({ ...leaf, argv: words }, extra), format: 'jest', reportFile }
    }
    case 'unknown':
      // a plain script may use node:test: then it prints TAP, which is looked for in any output
      return {
        argv: leaf.argv,
        format: 'exit-code',
        ...(leaf.kind === 'test' ? { env: { NODE_OPTIONS: '--test-reporter=tap' } } : {}),
      }
  }
}
