import ts from 'typescript'

import type { SourceUnit } from '../source-unit.ts'
import { isFunctionNode, walk } from '../syntax/nodes.ts'
import type { FloorEvidence } from '../types.ts'
import { editionName } from './versions.ts'

const K = ts.SyntaxKind

const byKind: ReadonlyMap<ts.SyntaxKind, readonly [number, string]> = new Map([
  [K.ArrowFunction, [2015, 'arrow function']],
  [K.ClassDeclaration, [2015, 'class']],
  [K.ClassExpression, [2015, 'class']],
  [K.TemplateExpression, [2015, 'template literal']],
  [K.NoSubstitutionTemplateLiteral, [2015, 'template literal']],
  [K.SpreadElement, [2015, 'spread']],
  [K.ObjectBindingPattern, [2015, 'destructuring']],
  [K.ArrayBindingPattern, [2015, 'destructuring']],
  [K.ForOfStatement, [2015, 'for-of']],
  [K.YieldExpression, [2015, 'generator']],
  [K.ShorthandPropertyAssignment, [2015, 'shorthand property']],
  [K.MethodDeclaration, [2015, 'method']],
  [K.ComputedPropertyName, [2015, 'computed property']],
  [K.ImportDeclaration, [2015, 'module']],
  [K.ExportDeclaration, [2015, 'module']],
  [K.ExportAssignment, [2015, 'module']],
  [K.AwaitExpression, [2017, 'await']],
  [K.SpreadAssignment, [2018, 'object spread']],
  [K.BigIntLiteral, [2020, 'bigint literal']],
  [K.NamespaceExport, [2020, 'export * as']],
  [K.PrivateIdentifier, [2022, 'private name']],
  [K.ClassStaticBlockDeclaration, [2022, 'static block']],
  [K.PropertyDeclaration, [2022, 'class field']],
  [K.ImportAttributes, [2025, 'import attributes']],
] as const)

const byOperator: ReadonlyMap<ts.SyntaxKind, readonly [number, string]> = new Map([
  [K.AsteriskAsteriskToken, [2016, '**']],
  [K.AsteriskAsteriskEqualsToken, [2016, '**=']],
  [K.QuestionQuestionToken, [2020, '??']],
  [K.BarBarEqualsToken, [2021, '||=']],
  [K.AmpersandAmpersandEqualsToken, [2021, '&&=']],
  [K.QuestionQuestionEqualsToken, [2021, '??=']],
] as const)

const ofRegExp = (text: string): readonly [number, string] | undefined => {
  const flags = text.slice(text.lastIndexOf('/') + 1)
  if (flags.includes('v')) return [2024, 'regular expression flag v']
  if (flags.includes('d')) return [2022, 'regular expression flag d']
  if (flags.includes('s') || /\(\?<|\\p\{/.test(text)) return [2018, 'regular expression syntax']
  return /[uy]/.test(flags) ? [2015, 'regular expression flag'] : undefined
}

const isAsync = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some(({ kind }) => kind === K.AsyncKeyword) ?? false)

const ofNode = (node: ts.Node): readonly [number, string] | undefined => {
  const plain = byKind.get(node.kind)
  if (plain) return ts.isPropertyDeclaration(node) && isTypeOnlyField(node) ? undefined : plain
  if (ts.isBinaryExpression(node)) return byOperator.get(node.operatorToken.kind)
  if (ts.isVariableDeclarationList(node))
    return node.flags & ts.NodeFlags.BlockScoped ? [2015, 'let or const'] : undefined
  if (isFunctionNode(node))
    return isAsync(node) ? [2017, 'async function'] : node.asteriskToken ? [2015, 'generator'] : undefined
  if (ts.isParameter(node) && (node.initializer || node.dotDotDotToken)) return [2015, 'parameter default or rest']
  if (ts.isBindingElement(node) && node.dotDotDotToken && ts.isObjectBindingPattern(node.parent))
    return [2018, 'object rest']
  if (ts.isCatchClause(node) && !node.variableDeclaration) return [2019, 'optional catch binding']
  if (ts.isQuestionDotToken(node)) return [2020, '?.']
  if (ts.isRegularExpressionLiteral(node)) return ofRegExp(node.text)
  if (ts.isNumericLiteral(node)) return /_/.test(node.getText()) ? [2021, 'numeric separator'] : undefined
  if (ts.isMetaProperty(node))
    return node.keywordToken === K.ImportKeyword ? [2020, 'import.meta'] : [2015, 'new.target']
  return ts.isCallExpression(node) && node.expression.kind === K.ImportKeyword ? [2020, 'import()'] : undefined
}

/** `declare` and bare typed fields leave nothing behind in the compiled code of most settings. */
const isTypeOnlyField = (node: ts.PropertyDeclaration): boolean =>
  node.initializer === undefined && node.type !== undefined && !ts.isPrivateIdentifier(node.name)

/** The newest syntax that the package's own code uses: code that runs today runs where that runs. */
export const syntaxEvidence = (units: readonly SourceUnit[]): FloorEvidence[] => {
  let newest: readonly [number, string] = [5, 'nothing newer than ES5']
  let where = 'the whole source'
  const sources = units.filter(({ role, problems }) => role === 'source' && problems.length === 0)
  for (const { file, source, path } of sources) {
    walk(file, (node) => {
      if (ts.isTypeNode(node) || ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node)) return false
      const used = ofNode(node)
      if (used && used[0] > newest[0]) {
        newest = used
        where = `${path}:${source.lineOf(node.getStart())}`
      }
      return true
    })
  }
  if (sources.length === 0) return []
  const [ecmaVersion, name] = newest
  return [{ source: 'syntax in use', value: name, detail: `${where} needs ${editionName(ecmaVersion)}`, ecmaVersion }]
}
