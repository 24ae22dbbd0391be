import type { AnalysisSummary, Proposal } from '@iama/contracts/iama/jobs/v1/job'

import { count, duration, percent, some } from './format.ts'
import { costRange } from './money.ts'
import { oneLine, type Style } from './style.ts'
import { table } from './table.ts'

const SHOWN_SMELLS = 12
const SHOWN_FILES = 6

const metrics = (analysis: AnalysisSummary): string[] =>
  table(
    [{ title: '' }, { title: '', align: 'right' }],
    [
      ['files', String(analysis.files)],
      ['lines', String(analysis.lines)],
      ['functions', String(analysis.functions)],
      ['cyclomatic complexity', String(analysis.cyclomatic)],
      ['cognitive complexity', String(analysis.cognitive)],
      ['duplication', percent(analysis.duplicationPercent)],
      ['tests', String(analysis.tests)],
    ],
  )

const smells = (analysis: AnalysisSummary, style: Style): string[] => {
  if (analysis.smells.length === 0) return []
  const rows = analysis.smells
    .slice(0, SHOWN_SMELLS)
    .map(({ kind, path, line, message }) => [`${oneLine(path)}:${line}`, oneLine(kind), oneLine(message)])
  const more = analysis.smells.length - SHOWN_SMELLS
  return [
    style.bold(count(analysis.smells.length, 'smell')),
    ...table([{ title: '' }, { title: '' }, { title: '' }], rows),
    ...(more > 0 ? [style.dim(`and ${more} more`)] : []),
  ]
}

const checks = (analysis: AnalysisSummary, style: Style): string[] =>
  analysis.checks.length === 0
    ? []
    : [
        style.bold('checks of the project'),
        ...table(
          [{ title: '' }, { title: '' }, { title: '' }],
          analysis.checks.map(({ kind, command, runs, reason }) => [
            oneLine(kind),
            oneLine(command),
            runs ? '' : style.dim(`not run: ${oneLine(reason)}`),
          ]),
        ),
      ]

/** Whether the project has tests that can be run. */
export const isTested = ({ checks: found }: AnalysisSummary): boolean =>
  found.some(({ kind, runs }) => kind === 'test' && runs)

/** What the analysis found: metrics, language floor, checks, smells, and what could not be read. */
export const analysisLines = (analysis: AnalysisSummary, style: Style): string[] => [
  style.bold('analysis'),
  ...metrics(analysis),
  ...(analysis.floor ? [`language floor: ${oneLine(analysis.floor)}`] : []),
  ...analysis.floorEvidence.map((reason) => style.dim(`  ${oneLine(reason)}`)),
  ...checks(analysis, style),
  ...(isTested(analysis) ? [] : [style.yellow('no tests: only characterization will speak for a patch')]),
  ...smells(analysis, style),
  ...analysis.syntaxProblems.map(({ path, line, column, message }) =>
    style.yellow(`left out, syntax error: ${oneLine(path)}:${line}:${column}: ${oneLine(message)}`),
  ),
  ...analysis.notes.map((note) => style.dim(oneLine(note))),
]

/** What the personas thought of it, with the points of each and the reason. */
const scoreLines = ({ scores }: Proposal, style: Style): string[] =>
  table(
    [{ title: '' }, { title: '' }, { title: '' }, { title: '' }, { title: '' }],
    scores.map(({ persona, safety, value, cost, reason }) => [
      oneLine(persona),
      `safety ${safety}`,
      `value ${value}`,
      `cost ${cost}`,
      oneLine(reason),
    ]),
  ).map((line) => style.dim(`   ${line}`))

const riskColor = (risk: string, style: Style): ((text: string) => string) =>
  risk === 'low' ? style.green : risk === 'medium' ? style.yellow : style.red

/** One proposal: title, files, risk, expected edits, time, cost, steps, and what the personas thought of it. */
export const proposalLines = (proposal: Proposal, number: number, style: Style): string[] => {
  const { id, title, summary, recipes, files, expectedEdits, risk, floorBefore, floorAfter, toEsModules } = proposal
  const paint = riskColor(risk, style)
  const time = duration(proposal.estimatedSeconds * 1_000)
  return [
    `${style.bold(`${number}. ${oneLine(title)}`)} ${style.dim(`(${oneLine(id)})`)}`,
    ...(summary === '' ? [] : [`   ${oneLine(summary)}`]),
    `   ${count(expectedEdits, 'edit')} in ${count(files.length, 'file')}, risk ${paint(oneLine(risk))}, about ${time}, ${costRange(proposal)}`,
    ...(floorBefore === floorAfter
      ? []
      : [`   language floor: ${oneLine(floorBefore)} becomes ${oneLine(floorAfter)}`]),
    ...(toEsModules ? ['   module system: CommonJS becomes ES modules'] : []),
    ...proposal.riskReasons.map((reason) => style.dim(`   ${oneLine(reason)}`)),
    ...proposal.steps.map((step, n) => `   ${n + 1}) ${oneLine(step)}`),
    ...scoreLines(proposal, style),
    `   files: ${some(files.map(oneLine), SHOWN_FILES).join(', ')}`,
    ...(recipes.length === 0 ? [] : [style.dim(`   recipes: ${recipes.map(oneLine).join(', ')}`)]),
  ]
}

export const proposalsLines = (proposals: readonly Proposal[], style: Style): string[] =>
  proposals.length === 0
    ? []
    : [style.bold('proposals'), ...proposals.flatMap((proposal, n) => proposalLines(proposal, n + 1, style))]
