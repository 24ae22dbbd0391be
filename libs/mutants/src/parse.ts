import ts from 'typescript'

const kinds: Readonly<Record<string, ts.ScriptKind>> = {
  js: ts.ScriptKind.JSX,
  cjs: ts.ScriptKind.JSX,
  mjs: ts.ScriptKind.JSX,
  jsx: ts.ScriptKind.JSX,
  ts: ts.ScriptKind.TS,
  cts: ts.ScriptKind.TS,
  mts: ts.ScriptKind.TS,
  tsx: ts.ScriptKind.TSX,
}

interface WithDiagnostics {
  readonly parseDiagnostics: readonly ts.DiagnosticWithLocation[]
}

const extensionOf = (file: string): string => /\.([a-z]+)$/.exec(file)?.[1] ?? ''

/** Whether a path names a file that mutants can be made of: code, and no mere declarations. */
export const isMutable = (file: string): boolean =>
  Object.hasOwn(kinds, extensionOf(file)) && !/\.d\.[cm]?ts$/.test(file)

/** Parses a file with parents set. */
export const parse = (file: string, source: string): ts.SourceFile =>
  ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true, kinds[extensionOf(file)] ?? ts.ScriptKind.JSX)

/** What the parser has against a text; nothing when it is well-formed. */
export const syntaxProblems = (file: string, source: string): readonly string[] =>
  (parse(file, source) as unknown as WithDiagnostics).parseDiagnostics.map(
    ({ start, messageText }) => `${start}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
  )
