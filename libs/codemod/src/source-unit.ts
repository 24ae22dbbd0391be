import ts from 'typescript'

import { sha256, type Sha256, type TreeFile } from '@iama/patch'

import { classifyRole } from './analysis/file-role.ts'
import { moduleKindOf } from './analysis/module-kind.ts'
import { buildScopes, type ScopeTree } from './syntax/scopes.ts'
import { strictness } from './syntax/strict.ts'
import { decodeSource, type SourceText } from './text.ts'
import type { FileRole, Language, ModuleKind, SyntaxProblem } from './types.ts'

/** One JavaScript or TypeScript file, parsed once; what is derived from it is made when first asked for. */
export interface SourceUnit {
  readonly path: string
  readonly source: SourceText
  readonly file: ts.SourceFile
  readonly language: Language
  readonly moduleKind: ModuleKind
  readonly role: FileRole
  readonly problems: readonly SyntaxProblem[]
  readonly base: Sha256
  readonly scopes: ScopeTree
  isStrict(node: ts.Node): boolean
}

const scriptKinds: Readonly<Record<string, ts.ScriptKind>> = {
  js: ts.ScriptKind.JSX,
  cjs: ts.ScriptKind.JSX,
  mjs: ts.ScriptKind.JSX,
  jsx: ts.ScriptKind.JSX,
  ts: ts.ScriptKind.TS,
  cts: ts.ScriptKind.TS,
  mts: ts.ScriptKind.TS,
  tsx: ts.ScriptKind.TSX,
}

export const extensionOf = (path: string): string => /\.([a-z]+)$/.exec(path)?.[1] ?? ''

/** Whether a path names a file that this engine reads. */
export const isSourcePath = (path: string): boolean => Object.hasOwn(scriptKinds, extensionOf(path))

export const languageOf = (path: string): Language =>
  /^(ts|cts|mts|tsx)$/.test(extensionOf(path)) ? 'typescript' : 'javascript'

interface WithDiagnostics {
  readonly parseDiagnostics: readonly ts.DiagnosticWithLocation[]
}

const problemsOf = (path: string, source: SourceText, file: ts.SourceFile): SyntaxProblem[] => {
  const diagnostics = (file as unknown as WithDiagnostics).parseDiagnostics
  const problems = diagnostics.map((each) => problemAt(path, source, each.start, textOf(each.messageText)))
  if (problems.length > 0 || languageOf(path) === 'typescript') return problems
  const typed = firstTypeSyntax(file)
  return typed ? [problemAt(path, source, typed.getStart(file), 'type syntax in a JavaScript file')] : []
}

const textOf = (message: string | ts.DiagnosticMessageChain): string => ts.flattenDiagnosticMessageText(message, ' ')

const problemAt = (path: string, source: SourceText, start: number, message: string): SyntaxProblem => ({
  path,
  line: source.lineOf(start),
  column: source.columnOf(start),
  message,
})

const firstTypeSyntax = (node: ts.Node): ts.Node | undefined =>
  ts.forEachChild(node, (child) => {
    if (ts.isExpressionWithTypeArguments(child)) return firstTypeSyntax(child)
    const isTyped =
      ts.isTypeNode(child) ||
      ts.isTypeAliasDeclaration(child) ||
      ts.isInterfaceDeclaration(child) ||
      ts.isAsExpression(child) ||
      ts.isNonNullExpression(child)
    return isTyped ? child : firstTypeSyntax(child)
  })

/**
 * Parses a file; undefined when it is not UTF-8 text.
 * @param packageType what the nearest package.json says of `.js` files
 */
export const parseUnit = (
  path: string,
  treeFile: TreeFile,
  packageType: 'module' | 'commonjs',
): SourceUnit | undefined => {
  const source = decodeSource(treeFile.content)
  if (source === undefined) return undefined
  const kind = scriptKinds[extensionOf(path)]!
  const file = ts.createSourceFile(path, source.text, ts.ScriptTarget.Latest, true, kind)
  const moduleKind = moduleKindOf(file, extensionOf(path), packageType)
  const isStrict = strictness(file, moduleKind === 'esm')
  let scopes: ScopeTree | undefined
  let base: Sha256 | undefined
  let problems: readonly SyntaxProblem[] | undefined
  return {
    path,
    source,
    file,
    language: languageOf(path),
    moduleKind,
    role: classifyRole(path, source.text),
    isStrict,
    get problems() {
      return (problems ??= problemsOf(path, source, file))
    },
    get base() {
      return (base ??= sha256(treeFile.content))
    },
    get scopes() {
      return (scopes ??= buildScopes(file, isStrict, moduleKind === 'script'))
    },
  }
}
