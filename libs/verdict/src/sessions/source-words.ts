import ts from 'typescript'

/** What a module's text compares with and asks for: the values at which it is likely to turn. */
export interface SourceWords {
  readonly strings: readonly string[]
  readonly numbers: readonly number[]
  readonly keys: readonly string[]
}

/** Literals and property names of some modules, in the order of their first appearance. */
export const sourceWords = (texts: ReadonlyMap<string, string>): SourceWords => {
  const strings = new Set<string>()
  const numbers = new Set<number>()
  const keys = new Set<string>()
  for (const [path, text] of texts) {
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteralLike(node) && node.text.length <= 200) strings.add(node.text)
      else if (ts.isNumericLiteral(node)) numbers.add(Number(node.text))
      else if (ts.isPropertyAccessExpression(node)) keys.add(node.name.text)
      else if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) keys.add(node.name.text)
      ts.forEachChild(node, visit)
    }
    visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false))
  }
  return { strings: [...strings], numbers: [...numbers], keys: [...keys] }
}
