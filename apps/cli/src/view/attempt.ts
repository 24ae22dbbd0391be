import type {
  AttemptSummary,
  BaselineSummary,
  DroppedEdit,
  GateResult,
  TestFailure,
  TestsSummary,
} from '@iama/contracts/iama/jobs/v1/job'

import { count, duration, some } from './format.ts'
import { oneLine, printable, type Style } from './style.ts'
import { table } from './table.ts'

const SHOWN_FAILURES = 10
const SHOWN_DETAILS = 10
const SHOWN_LINES = 6

/** What was pinned before anything changes. */
export const testsLines = (tests: TestsSummary, style: Style): string[] => [
  `${style.bold('characterization tests')}: ${count(tests.sessions, 'session')} with ${count(tests.steps, 'step')}, ` +
    `${count(tests.coveredExports, 'export')} covered` +
    (tests.exercised > 0 ? `, ${tests.exercised} from exercises of a model` : '') +
    (tests.unstable > 0 ? `, ${tests.unstable} unstable dropped` : ''),
  ...some(tests.exerciseNotes.map(oneLine), SHOWN_DETAILS).map((note) => style.dim(`  exercises: ${note}`)),
  ...some(tests.notCovered.map(oneLine), SHOWN_DETAILS).map((reason) => style.dim(`  not covered: ${reason}`)),
]

/** Failing tests with the first lines of their messages. */
export const failureLines = (failures: readonly TestFailure[], style: Style): string[] => {
  const shown = failures.slice(0, SHOWN_FAILURES).flatMap(({ testId, message }) => [
    style.red(`  failing: ${oneLine(testId)}`),
    ...printable(message)
      .split('\n')
      .slice(0, SHOWN_LINES)
      .map((line) => style.dim(`    ${line}`)),
  ])
  const more = failures.length - SHOWN_FAILURES
  return more > 0 ? [...shown, style.dim(`  and ${more} more failing`)] : shown
}

export const baselineLines = (baseline: BaselineSummary, style: Style): string[] => {
  const { passed, failed, skipped } = baseline
  const mark = failed === 0 ? style.green('✓') : style.red('✗')
  const skippedText = skipped > 0 ? `, ${skipped} skipped` : ''
  const time = duration(Number(baseline.milliseconds))
  return [
    `${mark} ${style.bold('baseline')}: ${passed} passed, ${failed} failed${skippedText}  ${style.dim(time)}`,
    ...failureLines(baseline.failures, style),
  ]
}

const gateMark = (status: string, style: Style): string => {
  if (status === 'pass') return style.green('✓')
  if (status === 'warn') return style.yellow('!')
  return status === 'fail' ? style.red('✗') : style.dim('·')
}

const gateLines = (gates: readonly GateResult[], style: Style): string[] => {
  const rows = table(
    [{ title: '' }, { title: '' }, { title: '' }, { title: '', align: 'right' }],
    gates.map((gate) => [
      gateMark(gate.status, style),
      oneLine(gate.gate),
      oneLine(gate.summary),
      duration(Number(gate.milliseconds)),
    ]),
  )
  return gates.flatMap((gate, n) => [
    `  ${rows[n]}`,
    ...(gate.status === 'pass' || gate.status === 'not-applicable'
      ? []
      : some(gate.details.map(oneLine), SHOWN_DETAILS).map((line) => style.dim(`      ${line}`))),
  ])
}

/** Edits that did not make it, with the reasons. */
export const droppedLines = (dropped: readonly DroppedEdit[], style: Style): string[] =>
  dropped.flatMap(({ editId, title, reasons }) => [
    style.yellow(`  left out: ${oneLine(title)}`) + style.dim(` (${oneLine(editId)})`),
    ...reasons.slice(0, SHOWN_LINES).map((reason) => style.dim(`    ${oneLine(reason)}`)),
  ])

const refusals: Readonly<Record<string, string>> = {
  MALFORMED_OUTPUT: 'what the model wrote cannot be read as a patch',
  NO_OPERATION: 'the patch changes nothing',
  SAME_PATCH: 'the model wrote the patch again that failed before',
  UNDOES_LAST: 'the patch takes the last one back',
}

/** An attempt that never came to the gates, and why. */
const refusedLines = (
  title: string,
  { refusal, refusalMessage, milliseconds }: AttemptSummary,
  style: Style,
): string[] => {
  const words = refusals[refusal] ?? 'there was nothing to verify'
  const time = milliseconds > 0n ? `  ${style.dim(duration(Number(milliseconds)))}` : ''
  return [
    `${style.bold(title)}: ${style.red(words)} ${style.dim(`(${oneLine(refusal)})`)}${time}`,
    ...printable(refusalMessage.trim())
      .split('\n')
      .slice(0, SHOWN_LINES)
      .flatMap((line) => (line.trim() === '' ? [] : [style.dim(`    ${line}`)])),
  ]
}

/** One attempt: each gate with its time, and what failed. */
export const attemptLines = (attempt: AttemptSummary, style: Style, name = 'attempt'): string[] => {
  const title = attempt.number === 0 ? name : `repair attempt ${attempt.number}`
  if (attempt.refusal !== '') return refusedLines(title, attempt, style)
  const verdict = attempt.green ? style.green('all gates pass') : style.red('red')
  return [
    `${style.bold(title)}: ${count(attempt.edits, 'edit')}, ${verdict}  ${style.dim(duration(Number(attempt.milliseconds)))}`,
    ...gateLines(attempt.gates, style),
    ...failureLines(attempt.failures, style),
    ...droppedLines(attempt.dropped, style),
  ]
}
