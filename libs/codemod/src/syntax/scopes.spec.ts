import { describe, expect, it } from '@jest/globals'
import ts from 'typescript'

import { walk } from './nodes.ts'
import { buildScopes } from './scopes.ts'
import { strictness } from './strict.ts'

const parse = (code: string, path = 'a.js') => {
  const file = ts.createSourceFile(
    path,
    code,
    ts.ScriptTarget.Latest,
    true,
    path.endsWith('s') && path.includes('.ts') ? ts.ScriptKind.TS : ts.ScriptKind.JSX,
  )
  return { file, scopes: buildScopes(file, strictness(file, false), false) }
}

/** Each use of a name as "line of the use: line of its declaration", or "global". */
const usesOf = (code: string, name: string, path?: string): string[] => {
  const { file, scopes } = parse(code, path)
  const lineOf = (node: ts.Node): number => file.getLineAndCharacterOfPosition(node.getStart()).line + 1
  const uses: string[] = []
  walk(file, (node) => {
    if (!ts.isIdentifier(node) || node.text !== name || !scopes.referenceOf(node)) return
    const binding = scopes.bindingOf(node)
    uses.push(`${lineOf(node)}: ${binding ? lineOf(binding.declarations[0]!.identifier) : 'global'}`)
  })
  return uses
}

describe('scopes', () => {
  it.each([
    ['var reaches the whole function', 'function f() {\n  if (1) { var a; }\n  a;\n}\na;', ['3: 2', '5: global']],
    ['let stays in its block', 'let a;\n{\n  let a;\n  a;\n}\na;', ['4: 3', '6: 1']],
    ['parameters shadow', 'let a;\nfunction f(a) {\n  a;\n}', ['3: 2']],
    ['a default value does not see the body', 'let a;\nfunction f(x = a) {\n  var a;\n  a;\n}', ['2: 1', '4: 3']],
    ['one of a function inside does', 'function f() {\n  var a;\n  (x = a) => a;\n}', ['3: 2', '3: 2']],
    ['a catch variable is its block’s own', 'var e;\ntry {} catch (e) {\n  e;\n}\ne;', ['3: 2', '5: 1']],
    ['a function expression knows its name', 'var f;\n(function f() {\n  f;\n});\nf;', ['3: 2', '5: 1']],
    ['a class expression knows its name', '(class A {\n  m() { A; }\n});\nA;', ['2: 1', '4: global']],
    ['a loop head has a scope', 'let i;\nfor (let i = 0; i < 1;) {\n  i;\n}\ni;', ['2: 2', '3: 2', '5: 1']],
    ['a computed name stands outside of its method', 'let a;\n({ [a]() {\n  var a;\n} });', ['2: 1']],
    ['properties, labels and keys are no uses', 'let a;\nx.a; ({ a: 1 }); a: for (;;) break a;', []],
    ['shorthand is a use', 'let a;\n({ a });', ['2: 1']],
    ['destructuring assignment is a use', 'let a;\n({ a, x: [a] } = y);', ['2: 1', '2: 1']],
    ['an export list is a use', 'let a;\nexport { a, a as b };', ['2: 1', '2: 1']],
    ['JSX components are uses, elements are not', 'let A, a;\n<A.B><A a={1} /><a /></A.B>;', ['2: 1', '2: 1', '2: 1']],
  ])('%s', (_, code, uses) => {
    expect(
      usesOf(
        code,
        uses.length === 0 || (/\ba\b/.test(code) && !/\bA\b/.test(code))
          ? 'a'
          : /\bA\b/.test(code)
            ? 'A'
            : /\be\b/.test(code)
              ? 'e'
              : /\bi\b/.test(code)
                ? 'i'
                : 'f',
      ),
    ).toEqual(uses)
  })

  it('tells reads, writes and both apart', () => {
    const { file, scopes } = parse('let a; a; a = 1; a += 1; a++; [a] = b; for (a of b) ; typeof a; delete a;')
    const kinds: string[] = []
    walk(file, (node) => {
      const reference = ts.isIdentifier(node) && node.text === 'a' ? scopes.referenceOf(node) : undefined
      if (reference) kinds.push(`${reference.read ? 'r' : ''}${reference.write ? 'w' : ''}`)
    })
    expect(kinds).toEqual(['r', 'w', 'rw', 'rw', 'w', 'w', 'r', 'r'])
  })

  it('gives a function in a block to the whole function in sloppy code only', () => {
    const declared = (code: string): number => parse(code).scopes.root.bindings.get('f')?.declarations.length ?? 0
    expect(declared('{ function f() {} }')).toBe(1)
    expect(declared("'use strict'; { function f() {} }")).toBe(0)
  })

  it('knows what eval and with can see', () => {
    const { scopes } = parse('var a; function f() { var b; function g() { eval(x); } } function h() { var c; }')
    const dynamic = scopes.bindings.filter(({ scope }) => scope.dynamic).map(({ name }) => name)
    expect(dynamic.sort()).toEqual(['a', 'b', 'f', 'g', 'h'])
  })

  it('agrees with the binder of TypeScript', () => {
    const code = `
      import x, { y as z } from 'm'
      export const top = (p: number, { q, r: [s] }: any = z) => { if (p) { const p = s; return () => p + q } else { var late = x } return late }
      export class C<T> { static n = top; m(a: T): T { try { return a } catch (e) { throw e } } }
      enum E { A } namespace N { export const v = 1 }
      export default function f(): E { for (const k of [f]) { k; label: for (let k = 0; k < 1; k++) { continue label } } return E.A }
      switch (z) { case 1: let w = 1; default: w = 2 }
    `
    const host = ts.createCompilerHost({ noLib: true })
    const file = ts.createSourceFile('/a.ts', code, ts.ScriptTarget.Latest, true)
    const program = ts.createProgram(
      ['/a.ts'],
      { noLib: true, noResolve: true, target: ts.ScriptTarget.Latest },
      { ...host, getSourceFile: (name) => (name === '/a.ts' ? file : undefined) },
    )
    const checker = program.getTypeChecker()
    const scopes = buildScopes(file, () => true, false)
    let compared = 0
    walk(file, (node) => {
      const reference = ts.isIdentifier(node) && !reservedTypes.has(node.text) ? scopes.referenceOf(node) : undefined
      if (!reference || !ts.isIdentifier(node)) return
      const symbol = ts.isExportSpecifier(node.parent) ? undefined : checker.getSymbolAtLocation(node)
      const theirs = symbol?.declarations?.[0] && ts.getNameOfDeclaration(symbol.declarations[0])
      expect(`${node.text} ${reference.binding?.declarations[0]!.identifier.getStart()}`).toBe(
        `${node.text} ${theirs?.getStart()}`,
      )
      compared += 1
    })
    expect(compared).toBe(20)
  })
})

const reservedTypes = new Set(['any'])
