import ts from 'typescript'

import type { FileContext } from '../engine/file-context.ts'
import { openProgram, type TreeProgram } from '../program.ts'
import type { Region } from '../syntax/data-flow.ts'

/** What TypeScript wants to be told about an extracted function. */
export interface Signature {
  readonly parameters: readonly string[]
  readonly result: string
}

const tokenAt = (file: ts.SourceFile, position: number): ts.Node | undefined => {
  let found: ts.Node | undefined
  const visit = (node: ts.Node): void => {
    if (position < node.getStart(file) || position >= node.end) return
    if (ts.isIdentifier(node)) found = node
    ts.forEachChild(node, visit)
  }
  ts.forEachChild(file, visit)
  return found
}

const flags =
  ts.NodeBuilderFlags.NoTruncation |
  ts.NodeBuilderFlags.UseAliasDefinedOutsideCurrentScope |
  ts.NodeBuilderFlags.UseSingleQuotesForStringLiteralType

const printer = ts.createPrinter({ removeComments: true })

/** The names that a type mentions. */
const namesIn = (node: ts.TypeNode): string[] => {
  const names: string[] = []
  const visit = (each: ts.Node): void => {
    if (ts.isTypeReferenceNode(each)) names.push(ts.isIdentifier(each.typeName) ? each.typeName.text : '?')
    if (ts.isImportTypeNode(each) || ts.isTypeQueryNode(each)) names.push('?')
    ts.forEachChild(each, visit)
  }
  visit(node)
  return names
}

/** A type as it can be written at the top of the file; undefined when it needs a name that is not known there. */
export const writtenType = (
  checker: ts.TypeChecker,
  type: ts.Type,
  source: ts.SourceFile,
  file: FileContext,
): string | undefined => {
  const node = checker.typeToTypeNode(type, source, flags)
  if (!node) return undefined
  const known = (name: string): boolean =>
    file.scopes.root.bindings.has(name) || checker.resolveName(name, source, ts.SymbolFlags.Type, false) !== undefined
  if (!namesIn(node).every(known)) return undefined
  return printer.printNode(ts.EmitHint.Unspecified, node, source).replace(/\s*\n\s*/g, ' ')
}

/** The types of an extracted function's parameters and result; undefined when one of them cannot be written down. */
export const signatureOf = (region: Region, file: FileContext): Signature | undefined => {
  const { service, fileName } = openProgram(file.project, true)
  const program = service.getProgram()
  const source = program?.getSourceFile(fileName(file.unit.path))
  if (!program || !source) return undefined
  const checker = program.getTypeChecker()
  const start = region.statements[0]!.pos
  const end = region.statements.at(-1)!.end
  const typeOf = (position: number): string | undefined => {
    const node = tokenAt(source, position)
    const type = node && checker.getTypeAtLocation(node)
    return type && writtenType(checker, type, source, file)
  }
  const parameters = region.inputs.map((binding) => {
    const use = binding.references.find(({ identifier }) => identifier.pos >= start && identifier.end <= end)
    const type = use && typeOf(use.identifier.getStart())
    return type && `${binding.name}: ${type}`
  })
  const declared = region.output?.declarations[0]?.identifier.getStart()
  const result = region.output ? declared !== undefined && typeOf(declared) : region.returns ? '' : 'void'
  if (result === undefined || result === false || parameters.some((each) => each === undefined)) return undefined
  return { parameters: parameters as string[], result }
}

/** The type errors of a file, in order. */
export const errorsOf = (service: ts.LanguageService, name: string): string[] =>
  service
    .getSemanticDiagnostics(name)
    .filter(({ category }) => category === ts.DiagnosticCategory.Error)
    .map(({ code, messageText }) => `${code} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`)
    .sort()

/** The tree as the compiler sees it when a file has another text. */
export const programWith = (file: FileContext, text: string): TreeProgram => {
  const tree = new Map(file.project.tree)
  tree.set(file.unit.path, { content: Buffer.from(text), executable: false })
  return openProgram({ ...file.project, tree }, true)
}

/** Whether a file has type errors with another text that it has not today. */
export const addsTypeErrors = (file: FileContext, text: string, after = programWith(file, text)): boolean => {
  const before = openProgram(file.project, true)
  const name = before.fileName(file.unit.path)
  const known = errorsOf(before.service, name)
  return errorsOf(after.service, name).some((error) => {
    const index = known.indexOf(error)
    if (index === -1) return true
    known.splice(index, 1)
    return false
  })
}
