import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { NO_SOURCE_TEXT, type Change, type FileChange, type Findings, type Recipe } from '../engine/recipe.ts'
import { changed } from '../engine/to-patch.ts'
import { functionsOf } from '../analysis/metrics.ts'
import { isFunctionNode, walk, type FunctionNode } from '../syntax/nodes.ts'
import { referencesIn } from '../syntax/data-flow.ts'
import { nameFor } from './extraction-names.ts'
import { addsTypeErrors, signatureOf } from './extraction-types.ts'
import { rankedRegions, type Ranked } from './extraction-regions.ts'
import { extractionText } from './extraction-text.ts'

/*
 * Proof obligation. A run of statements may become a function of its own, called in its place, when
 *  - it neither jumps out (break, continue, a return on some ways only) nor depends on the function that it stands in
 *    (this, arguments, super, new.target, await, yield, eval);
 *  - what it reads is handed over by value: no variable that a closure shares and somebody writes;
 *  - at most one variable that it writes is read later, and that one is its result; not inside of try, where a throw
 *    half way would lose what was written so far;
 *  - names mean the same at the top of the file, where the new function stands, and its own name is free;
 *  - it is as strict there as here; in TypeScript its types can be written down and no new error appears.
 * The new function is hoisted and not exported.
 */

const LEAST_LINES = 20
const LEAST_COGNITIVE = 8
const MOST_PER_FUNCTION = 5

const topLevelStatement = (node: ts.Node): ts.Statement => {
  let at = node
  while (!ts.isSourceFile(at.parent)) at = at.parent
  return at as ts.Statement
}

const isWorthwhile = (
  node: FunctionNode,
  file: FileContext,
  measures: ReadonlyMap<number, { lines: number; cognitive: number }>,
): boolean => {
  const measure = measures.get(file.unit.source.lineOf(node.getStart(file.file)))
  return measure !== undefined && (measure.lines >= LEAST_LINES || measure.cognitive >= LEAST_COGNITIVE)
}

const nameOfFunction = (node: FunctionNode): string => {
  if (node.name && ts.isIdentifier(node.name)) return node.name.text
  const { parent } = node
  if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) return parent.name.text
  return ''
}

const isApart = (one: Ranked, others: readonly Ranked[]): boolean =>
  others.every((other) => one.start >= other.end || one.end <= other.start)

const extract = (ranked: Ranked, home: FunctionNode, name: string, file: FileContext): Change[] | string => {
  const { region } = ranked
  const isTyped = file.unit.language === 'typescript'
  const signature = isTyped ? signatureOf(region, file) : undefined
  if (isTyped && !signature) return 'the types of the new function cannot be written down'
  const after = topLevelStatement(home)
  const changes = extractionText(region, name, signature, after, file)
  if (
    isTyped &&
    addsTypeErrors(
      file,
      changed(
        file.text,
        changes.map((change): FileChange => ({ ...change, path: file.unit.path })),
      ),
    )
  ) {
    return 'the compiler would find new errors'
  }
  return changes
}

const describe = ({ region }: Ranked): string => {
  const inputs = region.inputs.map(({ name }) => name).join(', ') || 'nothing'
  const result = region.output
    ? `gives back ${region.output.name}`
    : region.returns
      ? 'returns in its place'
      : 'gives nothing back'
  return `it takes ${inputs} and ${result}; no jump leaves it, and no closure shares what it writes`
}

const extractFrom = (home: FunctionNode, taken: Set<string>, file: FileContext, findings: Findings): void => {
  const references = referencesIn(home, file.scopes)
  const { regions, refused } = rankedRegions(home, references, file)
  const chosen: Ranked[] = []
  for (const ranked of regions) {
    if (chosen.length === MOST_PER_FUNCTION) break
    if (!isApart(ranked, chosen)) continue
    const name = nameFor(ranked.region, nameOfFunction(home), file)
    if (!name || taken.has(name)) continue
    const changes = extract(ranked, home, name, file)
    if (typeof changes === 'string') {
      findings.refuse(ranked.region.statements[0]!, changes)
      continue
    }
    taken.add(name)
    chosen.push(ranked)
    findings.edit({
      at: ranked.region.statements[0]!,
      title: `${ranked.lines} lines become the function ${name}`,
      reason: describe(ranked),
      changes,
      assumptions: [NO_SOURCE_TEXT, 'stack traces are not inspected'],
    })
  }
  if (chosen.length === 0 && refused) findings.refuse(home, `no part of it can be taken out: ${refused}`)
}

export const extractFunction: Recipe = {
  id: 'extract-function',
  title: 'functions out of long functions',
  family: 'structure',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    if (file.unit.moduleKind === 'script')
      return findings.refuse(file.file, 'a new function would be visible to every script')
    const measures = new Map(functionsOf(file.unit).map((each) => [each.line, each]))
    const taken = new Set(file.scopes.names)
    const covered: FunctionNode[] = []
    walk(file.file, (node) => {
      if (!isFunctionNode(node) || !node.body || !ts.isBlock(node.body)) return
      if (file.unit.isStrict(node.body) !== file.unit.isStrict(file.file)) return
      if (!isWorthwhile(node, file, measures) || covered.some((each) => each === node)) return
      covered.push(node)
      extractFrom(node, taken, file, findings)
    })
  },
}
