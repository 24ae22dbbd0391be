import { Linter } from 'eslint'
import ts from 'typescript'

import type { FileContext } from './file-context.ts'

/** A fix that a rule of ESLint offers, and the node that it is about. */
export interface LintFix {
  readonly start: number
  readonly end: number
  readonly text: string
  readonly node: ts.Node
}

const linter = new Linter({ configType: 'flat' })

/** The innermost node that covers a range. */
const covering = (file: ts.SourceFile, start: number, end: number): ts.Node => {
  let found: ts.Node = file
  const visit = (node: ts.Node): void => {
    if (node.getStart(file) > start || node.end < end) return
    found = node
    ts.forEachChild(node, visit)
  }
  ts.forEachChild(file, visit)
  return found
}

/** The part of a fix that differs from the text: what stays at both ends is not touched. */
const narrowed = (
  source: string,
  [start, end]: readonly [number, number],
  text: string,
): { start: number; end: number; text: string } => {
  const old = source.slice(start, end)
  let head = 0
  while (head < old.length && head < text.length && old[head] === text[head]) head++
  let tail = 0
  while (tail < old.length - head && tail < text.length - head && old.at(-1 - tail) === text.at(-1 - tail)) tail++
  return { start: start + head, end: end - tail, text: text.slice(head, text.length - tail) }
}

type Rules = Readonly<Record<string, readonly unknown[]>>

const verify = ({ unit, text }: FileContext, rules: Rules): Linter.LintMessage[] =>
  linter.verify(
    text,
    {
      files: ['**/*'],
      languageOptions: {
        ecmaVersion: 'latest',
        sourceType: unit.moduleKind === 'esm' ? 'module' : unit.moduleKind,
        parserOptions: { ecmaFeatures: { jsx: true } },
      },
      linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'off' },
      rules: Object.fromEntries(Object.entries(rules).map(([rule, options]) => [rule, ['error', ...options]])),
    },
    { filename: unit.path },
  )

const results = new WeakMap<FileContext, readonly Linter.LintMessage[]>()

/**
 * Runs rules of ESLint over a JavaScript file, in memory and once for all rules, and gives the fixes of one. Whether a
 * fix may be taken is for the recipe to say: a rule's author may have thought of style where we think of behaviour.
 */
export const lintFixes = (file: FileContext, rule: string, rules: Rules): LintFix[] => {
  if (file.unit.language !== 'javascript') return []
  const messages = results.get(file) ?? verify(file, rules)
  results.set(file, messages)
  return messages.flatMap(({ fix, ruleId }) => {
    if (!fix || ruleId !== rule) return []
    const change = narrowed(file.text, fix.range, fix.text)
    return [{ ...change, node: covering(file.file, change.start, change.end) }]
  })
}
