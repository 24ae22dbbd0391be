import ts from 'typescript'
import { isLoop } from './nodes.ts'
import { parse } from './parse.ts'

/** Text that is put into a source before the character at an offset. */
export interface Insertion {
  readonly at: number
  readonly text: string
}

/**
 * A call at the start of every loop's body, on the same line: whoever defines it can count and end what never ends.
 * No insertion stands within a mutant but those of loops that are a part of what it replaces.
 * @param call an expression, as in `guard()`
 */
export const loopGuards = (file: string, source: string, call: string): readonly Insertion[] => {
  const insertions: Insertion[] = []
  const visit = (node: ts.Node): void => {
    if (isLoop(node)) {
      const { statement } = node
      if (ts.isBlock(statement)) insertions.push({ at: statement.getStart() + 1, text: `${call};` })
      else insertions.push({ at: statement.getStart(), text: `{${call};` }, { at: statement.end, text: '}' })
    }
    ts.forEachChild(node, visit)
  }
  visit(parse(file, source))
  return insertions.sort((a, b) => a.at - b.at)
}
