import type { SignedVerdict } from '@iama/verdict/envelope'

import { count, duration, some } from './format.ts'
import { oneLine, type Style } from './style.ts'
import { table } from './table.ts'

const SHOWN_DETAILS = 10

const marks = (style: Style): Readonly<Record<string, string>> => ({
  pass: style.green('✓'),
  warn: style.yellow('!'),
  fail: style.red('✗'),
  'not-applicable': style.dim('·'),
})

type Gate = SignedVerdict['body']['gates'][number]

const gateLines = (gates: readonly Gate[], style: Style): string[] => {
  const rows = table(
    [{ title: '', align: 'right' }, { title: '' }, { title: '' }, { title: '' }],
    gates.map(({ number, gate, status, summary }) => [
      String(number),
      marks(style)[status]!,
      oneLine(gate),
      oneLine(summary),
    ]),
  )
  return gates.flatMap(({ status, details }, n) => [
    `  ${rows[n]}`,
    ...(status === 'fail' || status === 'warn' ? details.slice(0, SHOWN_DETAILS) : []).map(({ subject, message }) =>
      style.dim(`        ${oneLine(`${subject}: ${message}`)}`),
    ),
  ])
}

/**
 * A verdict of which the signature holds, as people read it.
 * @param tree which of its two trees a given folder is; undefined when none was given
 */
export const verdictLines = (
  { body, fingerprint, run }: SignedVerdict,
  tree: 'base' | 'patched' | undefined,
  style: Style,
): string[] => {
  const result = body.result === 'pass' ? style.green('green') : style.red('red')
  const isGiven = (which: string): string => (tree === which ? style.dim('  the given folder') : '')
  const tools = Object.entries(body.tools).map(([name, version]) => oneLine(`${name} ${version}`))
  return [
    `${style.green('✓')} the signature is good`,
    `${style.bold('key')}      ${fingerprint}`,
    `${style.bold('verdict')}  ${result}`,
    `${style.bold('base')}     ${body.base}${isGiven('base')}`,
    `${style.bold('patch')}    ${body.patch}`,
    `${style.bold('patched')}  ${body.patched}${isGiven('patched')}`,
    `${style.bold('tools')}    ${some(tools, SHOWN_DETAILS).join(', ')}`,
    `${style.bold('gates')}    ${count(body.gates.length, 'gate')} spoke`,
    ...gateLines(body.gates, style),
    ...(body.commits?.length
      ? [`${style.bold('commits')}  ${count(body.commits.length, 'commit')}, each of them green`]
      : []),
    style.dim(`not signed: ${oneLine(run.at)}, ${duration(run.milliseconds)}, ${oneLine(run.platform)}`),
  ]
}
