import { describe, expect, it } from '@jest/globals'
import { applyPatch, formatPatch, invertPatch, selectEdits } from '@iama/patch'

import { refactor, textIn, treeOf } from '../test/support/project.ts'

const modern = { goal: 'modernize', target: 'node20' }
const manifest = (extra = ''): string => `{\n  "name": "x",\n  "version": "1.0.0"${extra}\n}\n`

describe('transform', () => {
  const code =
    "'use strict'; // keep\n\nmodule.exports = function (list) {\n\tvar out = [];\n\tlist.forEach(function (x) { out.push('<' + typeof x + '>'); });\n\treturn out;\n};\n"

  it('gives the same patch, byte for byte, for the same tree', () => {
    const files = { 'package.json': manifest(), 'index.js': code }
    expect(formatPatch(refactor(treeOf(files), modern).patch)).toBe(formatPatch(refactor(treeOf(files), modern).patch))
  })

  it('edits tokens and leaves everything else as it is', () => {
    const { tree } = refactor(treeOf({ 'package.json': manifest(), 'index.js': code }), modern)
    expect(textIn(tree, 'index.js')).toBe(
      "'use strict'; // keep\n\nmodule.exports = function (list) {\n\tconst out = [];\n\tlist.forEach((x) => { out.push(`<${typeof x}>`); });\n\treturn out;\n};\n",
    )
  })

  it('keeps CRLF, the byte order mark, letters beyond ASCII and a missing last newline', () => {
    const text = '\uFEFF' + code.replace('// keep', '// größer €').replaceAll('\n', '\r\n').trimEnd()
    const base = treeOf({ 'package.json': manifest(), 'index.js': text })
    const { tree, patch } = refactor(base, modern)
    const after = textIn(tree, 'index.js')
    expect(patch.edits.length).toBeGreaterThan(3)
    expect(after.startsWith('\uFEFF')).toBe(true)
    expect(after).toContain('// größer €\r\n')
    expect(after.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    expect(after.endsWith('};')).toBe(true)
    expect(textIn(applyPatch(tree, invertPatch(base, patch)), 'index.js')).toBe(text)
  })

  it('makes edits that apply one by one, those above the old floor with the floor', () => {
    const base = treeOf({ 'package.json': manifest(), 'index.js': code })
    const { patch } = refactor(base, modern)
    for (const { id } of patch.edits) expect(() => applyPatch(base, selectEdits(patch, [id]))).not.toThrow()
    const arrow = patch.edits.find(({ recipe }) => recipe === 'arrow-functions')!
    const alone = applyPatch(base, selectEdits(patch, [arrow.id]))
    expect(textIn(alone, 'package.json')).toContain('"engines": { "node": ">=20" }')
  })

  it('lets the earlier recipe win where two want the same text, and says so', () => {
    const loop =
      'exports.f = function () {\n  var a = [1];\n  for (var i = 0; i < a.length; i++) {\n    var x = a[i];\n    exports.g(x);\n  }\n};\n'
    const { tree, refused } = refactor(treeOf({ 'package.json': manifest(), 'index.js': loop }), modern)
    expect(textIn(tree, 'index.js')).toContain('for (const x of a) {\n    exports.g(x);')
    expect(refused.filter(({ reason }) => reason === 'overlaps edit for-of:index.js:3')).toHaveLength(2)
  })

  it('leaves tests, generated, minified and vendored files alone, and files that do not parse', () => {
    const files = {
      'package.json': manifest(),
      'index.js': code,
      'test/a.test.js': code,
      'dist/index.js': code,
      'vendor/x.js': code,
      'lib/x.min.js': code,
      'lib/generated.js': `// @generated\n${code}`,
      'lib/broken.js': `${code}var = ;\n`,
    }
    const { patch, tree } = refactor(treeOf(files), modern)
    const touched = new Set(patch.edits.flatMap(({ operations }) => operations.map(({ path }) => path)))
    expect([...touched].sort()).toEqual(['index.js', 'package.json'])
    expect(textIn(tree, 'lib/broken.js')).toBe(files['lib/broken.js'])
  })

  it('takes only the recipes that the request names, and not those that it skips', () => {
    const files = { 'package.json': manifest(), 'index.js': code }
    const only = refactor(treeOf(files), { ...modern, recipes: ['arrow-functions'] })
    expect(new Set(only.patch.edits.map(({ recipe }) => recipe))).toEqual(new Set(['raise-floor', 'arrow-functions']))
    const without = refactor(treeOf(files), { ...modern, skip: ['arrow-functions'] })
    expect(without.patch.edits.map(({ recipe }) => recipe)).not.toContain('arrow-functions')
  })

  it('stays within the floor when asked to', () => {
    const es5 = "exports.f = function (p) { return p['a']; };\nvar x = 1;\nexports.x = x;\n"
    const { patch, refused, tree } = refactor(
      treeOf({ 'package.json': manifest(), 'index.js': es5 }),
      { goal: 'modernize' },
      'within-floor',
    )
    expect(patch.edits.map(({ recipe }) => recipe)).toEqual(['dot-notation'])
    expect(refused.some(({ reason }) => reason === 'needs ES2015, above the floor')).toBe(true)
    expect(textIn(tree, 'index.js')).toBe(es5.replace("p['a']", 'p.a'))
  })
})
