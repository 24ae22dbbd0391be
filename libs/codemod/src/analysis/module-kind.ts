import ts from 'typescript'

import { walk } from '../syntax/nodes.ts'
import type { ModuleKind } from '../types.ts'

const commonJsNames = new Set(['require', 'module', 'exports', '__dirname', '__filename'])

const isEsmSyntax = (statement: ts.Statement): boolean =>
  ts.isImportDeclaration(statement) ||
  ts.isExportDeclaration(statement) ||
  ts.isExportAssignment(statement) ||
  (ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false))

/** A test such as `typeof module !== 'undefined'` means that the file also runs where there is no module. */
const usesCommonJs = (file: ts.SourceFile): 'yes' | 'no' | 'optional' => {
  let answer: 'yes' | 'no' | 'optional' = 'no'
  walk(file, (node) => {
    if (!ts.isIdentifier(node) || !commonJsNames.has(node.text)) return
    if (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) return
    if (ts.isTypeOfExpression(node.parent) && node.text !== 'require') answer = 'optional'
    else if (answer === 'no') answer = 'yes'
  })
  return answer
}

/** How Node loads a file, and `script` where a file could be loaded without any module around it. */
export const moduleKindOf = (
  file: ts.SourceFile,
  extension: string,
  packageType: 'module' | 'commonjs',
): ModuleKind => {
  if (extension === 'mjs' || extension === 'mts') return 'esm'
  if (file.statements.some(isEsmSyntax)) return 'esm'
  if (extension === 'cjs' || extension === 'cts') return 'commonjs'
  if (packageType === 'module' && extension === 'js') return 'esm'
  if (file.text.startsWith('#!')) return 'commonjs'
  return usesCommonJs(file) === 'yes' ? 'commonjs' : 'script'
}
