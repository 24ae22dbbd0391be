import { describe, expect, it } from '@jest/globals'

import { treeOf } from '../../test/support/project.ts'
import { tryRecipe } from '../../test/support/try-recipe.ts'
import { openProject } from '../project.ts'
import { templateLiterals } from '../recipes/template-literals.ts'

const project = (code: string, files: Readonly<Record<string, string>> = {}) =>
  openProject(treeOf({ ...files, 'index.js': `${code}\nexports.x = 1\n` }))

describe('intrinsics that a file takes', () => {
  it.each([
    ['because objects may lack them', 'var has = Object.prototype.hasOwnProperty; has.call(exports, 1)'],
    ['for lists that are none', 'var slice = Array.prototype.slice; exports.f = function () { slice.call(arguments) }'],
    ['to spread a list', 'var push = Array.prototype.push; var list = []; push.apply(list, [1])'],
    ['two of them', 'var iso = Date.prototype.toISOString; var push = Array.prototype.push'],
    ['with a map that others wrote with care', "var getSideChannel = require('side-channel')"],
  ])('%s: what it calls where it stands is trusted', (_, code) => {
    const { captures, protections } = project(code)
    expect([...captures.keys()]).toEqual(['index.js'])
    expect([...protections.keys()]).toEqual([])
  })

  it.each([
    ['called on what has it anyway', 'var join = Array.prototype.join;\nvar list = []; join.call(list)', 1],
    ['called on a text', "var slice = String.prototype.slice; slice.call('abc', 1)", 1],
    [
      'three of them',
      'var a = String.prototype.trim\nvar b = Array.prototype.join\nvar has = {}.hasOwnProperty\nvar c = Math.floor',
      4,
    ],
    ['bound', '\nvar slice = Function.call.bind(Array.prototype.slice)', 2],
    ['by a module for that', "require('a'); require('call-bound')", 1],
    ['by an import for that', "import callBind from 'call-bind'", 1],
  ])('%s: nothing is trusted', (_, code, line) => {
    expect([...project(code).protections]).toEqual([['index.js', `index.js:${line}`]])
  })

  it('makes distrust a habit from three files on', () => {
    const guarded = "require('call-bind')\n"
    const two = project('', { 'a.js': guarded, 'b.js': guarded })
    const three = project('', { 'a.js': guarded, 'b.js': guarded, 'c.js': guarded })
    expect(two.protections.has('index.js')).toBe(false)
    expect(three.protections.get('index.js')).toBe('a.js:1')
  })

  it('lets what the code itself calls prove a kind, and says what that rests on', () => {
    const code = "exports.f = (p) => String(p) + '[]';\n"
    expect(tryRecipe(templateLiterals, `var has = {}.hasOwnProperty;\n${code}`)).toMatchObject({
      edits: 1,
      assumptions: ['intrinsics intact'],
    })
    expect(tryRecipe(templateLiterals, `var call = require('call-bound');\n${code}`).edits).toBe(0)
  })
})
