import ts from 'typescript'

/**
 * The tokens of settings written in JavaScript, or in JSON with comments, and so without white space and comments;
 * undefined where they cannot be parsed.
 */
export const settingsTokens = (path: string, text: string): string[] | undefined => {
  const isCode = /\.[cm]?[jt]s$/.test(path)
  const file = isCode
    ? ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
    : ts.parseJsonText(`${path}.json`, text)
  const { parseDiagnostics } = file as unknown as { parseDiagnostics: readonly unknown[] }
  if (parseDiagnostics.length > 0) return undefined
  const tokens: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return
    const children = node.getChildren(file)
    if (children.length === 0) tokens.push(text.slice(node.getStart(file), node.end))
    else children.forEach(visit)
  }
  visit(file)
  return withoutLastCommas(tokens.filter((token) => token !== ''))
}

/** A comma before the end of an object says nothing. */
const withoutLastCommas = (tokens: readonly string[]): string[] =>
  tokens.filter((token, at) => !(token === ',' && tokens[at + 1] === '}'))

const bare = (token: string): string => token.replace(/^(["'])(.*)\1$/, '$2')

/** The index behind the value that begins at `at`: a word, or a list or an object without anything in it but words. */
const behindValue = (tokens: readonly string[], at: number): number => {
  const close = { '[': ']', '{': '}' }[tokens[at]!]
  if (close === undefined) return at + 1
  let end = at + 1
  while (end < tokens.length && /^[\w"',]/.test(tokens[end]!)) end++
  return tokens[end] === close ? end + 1 : at
}

/** Takes the properties out whose name and value (its tokens) are such. */
export const withoutProperties = (
  tokens: readonly string[],
  isOut: (name: string, value: readonly string[]) => boolean,
): string[] => {
  const left: string[] = []
  for (let at = 0; at < tokens.length; at++) {
    const opens = left.at(-1) === '{' || left.at(-1) === ','
    if (opens && tokens[at + 1] === ':') {
      const end = behindValue(tokens, at + 2)
      const ends = tokens[end] === ',' || tokens[end] === '}'
      if (ends && isOut(bare(tokens[at]!), tokens.slice(at + 2, end))) {
        at = tokens[end] === ',' ? end : end - 1
        continue
      }
    }
    left.push(tokens[at]!)
  }
  return withoutLastCommas(left)
}
