import { describe, expect, it } from '@jest/globals'
import type { Tree } from '@iama/patch'
import { newReach, reachOf } from './reach.ts'

const treeOf = (files: Record<string, string>): Tree =>
  new Map(Object.entries(files).map(([path, text]) => [path, { content: Buffer.from(text), executable: false }]))

const reach = (text: string): string[] => [...reachOf('a.js', text)].sort()

describe('what code reaches for', () => {
  it.each([
    ['process.argv[1]', ['process.argv']],
    ["process['env']", ['process.env']],
    ['process[key]', ['process.[...]']],
    ['const { argv } = process', ['process.*']],
    ["require('fs').readFileSync(x)", ['the module fs']],
    ["import { readFile } from 'node:fs/promises'", ['the module fs']],
    ["export * from 'left-pad'", ['the module left-pad']],
    ["require('../node_modules/x')", ['the module ../node_modules/x']],
    ["require('./.iama/batch.json')", ['the module ./.iama/batch.json']],
    ['require(name)', ['a module whose name is computed']],
    ['await import(name)', ['a module whose name is computed']],
    ['require.main === module', ['module.*', 'require.main']],
    ['const load = require', ['require.*']],
    ['new Error().stack', ['.stack']],
    ["f.constructor('return this')()", ['.constructor']],
    ['const { stack, constructor: C } = error', ['.constructor', '.stack']],
    ["f['constructor']", ['.constructor', "the name 'constructor'"]],
    ["f[('con' + 'struc') + 'tor']", ["the name 'constructor'"]],
    ['arguments.callee', ['.callee']],
    ['__dirname + import.meta.url', ['its own place']],
    ["new Function('return this')", ['Function']],
    ["eval('1')", ['eval']],
    ["typeof describe === 'function'", ['describe']],
    ['fetch(url)', ['fetch']],
    ['Array.prototype.map = f', ['a change of Array']],
    ['delete JSON.stringify', ['a change of JSON']],
    ["Object.defineProperty(String.prototype, 'x', d)", ['a change of String']],
  ])('sees %s', (text, expected) => {
    expect(reach(text)).toEqual(expected)
  })

  it.each([
    "const path = require('path'); const util = require('node:util/types')",
    "const a = require('./a'); module.exports = a; exports.b = 1",
    'function each(process) { return process.argv }',
    'const test = (it) => it.fetch; test(describe => describe)',
    'const x = { process: 1, fetch: 2, eval() {} }; x.process',
    'for (const self of list) self.go()',
    'class A { fetch() { return this.fetch() } }',
    'process.nextTick(go)',
    'let Array = {}; Array.x = 1',
    'a.constructorName = 1; JSON.stringify(a)',
  ])('sees nothing in %s', (text) => {
    expect(reach(text)).toEqual([])
  })

  it('takes no name of a type for a value', () => {
    expect([...reachOf('a.ts', "import type { A } from 'left-pad'\nlet x: Worker | typeof process.env")]).toEqual([])
  })

  it('says what is new in a changed file, and lets code move between changed files', () => {
    const base = treeOf({ 'a.js': "require('fs').rmSync(x)", 'b.js': '', 'c.js': 'process.argv', 'd.md': '' })
    const patched = treeOf({
      'a.js': '',
      'b.js': "require('fs').rmSync(x); process.argv",
      'c.js': 'process.argv',
      'd.md': 'eval()',
    })
    expect([...newReach(base, patched, ['a.js', 'b.js', 'd.md'])]).toEqual([['b.js', ['process.argv']]])
  })
})
