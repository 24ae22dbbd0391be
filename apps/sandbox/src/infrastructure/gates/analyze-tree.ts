import { analyze, type Analysis } from '@iama/codemod'
import { runBaseline, type BaselineReport, type Checks } from '@iama/verdict'
import type { AnalysisSummary } from '../../application/findings.ts'
import type { Analyzed } from '../../application/ports.ts'
import { BASE_DIR, checksOf, leafLimits, readTree, toBaselineSummary, toBytes, toCheckLeaves } from './documents.ts'
import type { Order } from './protocol.ts'
import type { RemoteWorkbench } from './remote-workbench.ts'
import { counted, leafProgress, timed, type Telling } from './telling.ts'

/** What is told to people at once; the document holds all of them. */
const MOST_SMELLS = 200

/** Measures the code and runs its tests once, untouched. */
export const analyzeTree = async (
  workbench: RemoteWorkbench,
  { work, limits }: Extract<Order, { type: 'analyze' }>,
  telling: Telling,
): Promise<Analyzed> => {
  const tree = await readTree(workbench, BASE_DIR)
  const analysis = await timed(
    telling,
    'analyze',
    `reading ${counted(tree.size, 'file')}`,
    () => analyze(tree, work.include.length > 0 ? { include: work.include } : {}),
    ({ totals, smells }) =>
      `${counted(totals.files, 'source file')}, ${counted(totals.functions, 'function')}, ${counted(smells.length, 'smell')}`,
  )
  const checks = checksOf(tree, work)
  const baseline = await timed(
    telling,
    'baseline',
    `running ${counted(checks.leaves.length, 'check')} of the project on the untouched code`,
    () =>
      runBaseline(workbench, BASE_DIR, checks, {
        limits: leafLimits(limits),
        onLeaf: (report) => telling.progress(leafProgress(report)),
      }),
    ({ status, failures }) => (status === 'green' ? 'green' : `red: ${counted(failures.length, 'failing test')}`),
  )
  return {
    analysis: toSummary(analysis, checks, baseline),
    baseline: toBaselineSummary(baseline),
    document: toBytes({ version: 1, analysis, checks, baseline }),
  }
}

const percent = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((part / whole) * 1_000) / 10)

const floorText = ({ floor }: Analysis): string => `ES${floor.ecmaVersion}${floor.node ? ` (node ${floor.node})` : ''}`

const toSummary = (analysis: Analysis, checks: Checks, baseline: BaselineReport): AnalysisSummary => ({
  files: analysis.totals.files,
  lines: analysis.totals.lines,
  functions: analysis.totals.functions,
  cyclomatic: analysis.totals.cyclomatic,
  cognitive: analysis.totals.cognitive,
  duplicationPercent: percent(analysis.totals.duplicatedLines, analysis.totals.lines),
  smells: analysis.smells.slice(0, MOST_SMELLS).map(({ kind, path, line, message }) => ({ kind, path, line, message })),
  syntaxProblems: analysis.syntaxErrors.map(({ path, line, column, message }) => ({ path, line, column, message })),
  floor: floorText(analysis),
  floorEvidence: analysis.floor.evidence.map(({ source, value, detail }) => `${source}: ${value}: ${detail}`),
  checks: toCheckLeaves(checks),
  tests: baseline.leaves.reduce((sum, leaf) => sum + leaf.tests.length, 0),
  notes: notesOf(analysis, checks, baseline),
})

const notesOf = (analysis: Analysis, checks: Checks, baseline: BaselineReport): string[] => [
  ...(checks.leaves.some(({ kind }) => kind === 'test') ? [] : ['the project names no tests that can be run']),
  ...(analysis.smells.length > MOST_SMELLS ? [`${analysis.smells.length - MOST_SMELLS} further smells`] : []),
  ...baseline.snapshotOnly.map((test) => `${test} passed only by writing a snapshot`),
  ...baseline.leaves.flatMap((leaf) => leaf.notes.map((note) => `${leaf.leaf}: ${note}`)),
]
