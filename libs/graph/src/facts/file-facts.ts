import { parseUnit } from '@iama/codemod'
import ts from 'typescript'

import { Draft } from './draft.ts'
import { readExports } from './exports.ts'
import { readImports } from './imports.ts'
import { References } from './references.ts'
import { Declarations } from './symbols.ts'
import type { FileFacts } from './types.ts'

/**
 * What a file says by itself. Its path only tells the language. Undefined when it is not UTF-8 text. Code with errors is
 * read as far as the parser makes sense of it.
 * @throws RangeError when expressions nest deeper than the stack
 */
export const factsOf = (path: string, content: Uint8Array): FileFacts | undefined => {
  const unit = parseUnit(path, { content, executable: false }, 'commonjs')
  if (unit === undefined) return undefined
  const draft = new Draft(unit)
  readImports(draft)
  const declarations = new Declarations(draft)
  declarations.file()
  for (const { symbol, instance, bases } of declarations.late) {
    const fact = draft.symbols[symbol]!
    const found = bases?.flatMap((each) => draft.targetOf(each) ?? [])
    if (found?.length) fact.bases = [...(fact.bases ?? []), ...found]
    const target = instance && (ts.isTypeNode(instance) ? draft.targetOfType(instance) : draft.targetOf(instance))
    if (target !== undefined && fact.instanceOf === undefined) fact.instanceOf = target
  }
  const exports = readExports(declarations)
  const references = new References(draft)
  return {
    lines: unit.source.lineOf(Math.max(0, unit.source.text.length - 1)),
    symbols: draft.symbols,
    imports: draft.imports,
    exports,
    references: references.facts,
    free: [...references.free].sort(),
  }
}
