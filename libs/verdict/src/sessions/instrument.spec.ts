import { describe, expect, it } from '@jest/globals'
import { moduleShape } from './export-names.ts'
import { instrument, isModule, NotInstrumentable, rawName } from './instrument.ts'

const textOf = (file: string, source: string, technique: 'append' | 'facade') =>
  Object.fromEntries(
    [...instrument(file, source, technique).files].map(([path, content]) => [path, Buffer.from(content).toString()]),
  )

describe('moduleShape', () => {
  it('finds the value exports of an ES module, and no types', () => {
    const source = `
      export const a = 1, { b, c: [d] } = x
      export function f() {}
      export class C {}
      export enum E { A }
      export default () => 1
      export { g as h, type T } from './g'
      export * as ns from './n'
      export * from './star'
      export interface I {}
      export type U = string
      export declare const ambient: number
      export type { V } from './v'`
    expect(moduleShape('a.ts', source)).toEqual({
      esm: true,
      names: ['a', 'b', 'd', 'f', 'C', 'E', 'default', 'h', 'ns'],
      stars: ['./star'],
      syntaxError: false,
    })
  })

  it('knows CommonJS and broken text', () => {
    expect(moduleShape('a.js', 'exports.a = 1')).toMatchObject({ esm: false, names: [] })
    expect(moduleShape('a.js', 'function (')).toMatchObject({ syntaxError: true })
  })
})

describe('instrument', () => {
  it('appends a line behind CommonJS, whatever its last line is', () => {
    const files = textOf('lib/deep/a.js', "'use strict'\nmodule.exports = 1 // end", 'append')
    expect(Object.keys(files)).toEqual(['lib/deep/a.js'])
    expect(files['lib/deep/a.js']!.split('\n')[1]).toBe('module.exports = 1 // end')
    expect(files['lib/deep/a.js']).toContain('require("../../.iama/recorder.cjs").module(module, "lib/deep/a.js")')
    expect(textOf('a.js', '', 'facade')['a.js']).toContain('"./.iama/recorder.cjs"')
  })

  it('puts a facade in front of an ES module and leaves the module as it is', () => {
    const source = 'export const a = () => 1\nexport default class {}\n'
    const files = textOf('src/a.mjs', source, 'facade')
    expect(files['src/a.iama-raw.mjs']).toBe(source)
    expect(files['src/a.mjs']).toContain('export { twin1 as default }')
    expect(files['src/a.mjs']).toContain('import * as raw from "./a.iama-raw.mjs"')
  })

  it('names the module as it will be called when a build compiles it, unless its own imports name sources', () => {
    const facade = (file: string, source: string, built: boolean): string =>
      Buffer.from(instrument(file, source, 'facade', built).files.get(file)!).toString()
    const source = "import { b } from './b.js'\nexport const a = () => b\n"
    expect(facade('src/a.ts', source, true)).toContain('import * as raw from "./a.iama-raw.js"')
    expect(facade('src/a.mts', source, true)).toContain('"./a.iama-raw.mjs"')
    expect(facade('src/a.ts', source, false)).toContain('"./a.iama-raw.ts"')
    expect(facade('src/a.ts', source.replace('./b.js', './b.ts'), true)).toContain('"./a.iama-raw.ts"')
    expect(facade('src/a.mjs', source, true)).toContain('"./a.iama-raw.mjs"')
  })

  it('puts names that are no identifiers in quotes', () => {
    const files = textOf('a.mjs', "const a = 1; export { a as 'x y' }; export * as 'n s' from './n.mjs'", 'facade')
    expect(files['a.mjs']).toContain('const twin0 = recorder.binding(raw["x y"], "a.mjs", "x y")')
    expect(files['a.mjs']).toContain('export { twin0 as "x y" }')
    expect(files['a.mjs']).toContain('export { twin1 as "n s" }')
  })

  it('takes what require gives for the module, and other exports for its members', () => {
    const source = "const f = () => 1; export { f as default, f as 'module.exports', f as a }"
    expect(moduleShape('a.mjs', source).names).toEqual(['default', 'module.exports', 'a'])
    const text = textOf('a.mjs', source, 'facade')['a.mjs']!
    expect(text).toContain('const whole = recorder.whole(raw["module.exports"], "a.mjs")')
    expect(text).toContain('const twin0 = recorder.member(raw["default"], raw["module.exports"], "a.mjs", "default")')
    expect(text).toContain('export { twin1 as "module.exports" }')
    expect(text).toContain('export { twin2 as a }')
  })

  it('refuses programs and broken files with a reason', () => {
    expect(() => instrument('a.js', '#!/usr/bin/env node\n', 'append')).toThrow(NotInstrumentable)
    expect(() => instrument('a.js', 'let ((', 'append')).toThrow('it cannot be parsed')
  })

  it('knows modules from declarations and data', () => {
    expect(['a.ts', 'a.cjs', 'a.tsx', 'a.d.ts', 'a.json', 'a.d.mts'].filter(isModule)).toEqual([
      'a.ts',
      'a.cjs',
      'a.tsx',
    ])
    expect(rawName('src/a.test.tsx')).toBe('src/a.test.iama-raw.tsx')
  })
})
