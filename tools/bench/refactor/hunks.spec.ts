import { describe, expect, it } from '@jest/globals'
import { applyPatch, type Tree } from '@iama/patch'
import { hunksOf } from './hunks.ts'

const tree = (files: Readonly<Record<string, string>>): Tree =>
  new Map(Object.entries(files).map(([path, text]) => [path, { content: Buffer.from(text), executable: false }]))

const textOf = (of: Tree, path: string): string => Buffer.from(of.get(path)!.content).toString()

describe('hunks', () => {
  it('are counted as git diff -U0 shows them: one equal line sets them apart', () => {
    const before = tree({ 'a.js': 'var a = 1\nrun()\nvar b = 2\nvar c = 3\n' })
    const after = tree({ 'a.js': 'const a = 1\nrun()\nconst b = 2\nconst c = 3\n' })
    const { patch, churn } = hunksOf(before, after)
    expect(patch.edits.map(({ id, title }) => [id, title])).toHaveLength(2)
    expect(churn).toBe(0)
    expect(textOf(applyPatch(before, patch), 'a.js')).toBe(textOf(after, 'a.js'))
  })

  it('can be applied apart from each other', () => {
    const before = tree({ 'a.js': 'var a = 1\nrun()\nvar b = 2\n' })
    const { patch } = hunksOf(before, tree({ 'a.js': 'const a = 1\nrun()\nconst b = 2\n' }))
    const second = { ...patch, edits: patch.edits.slice(1) }
    expect(textOf(applyPatch(before, second), 'a.js')).toBe('var a = 1\nrun()\nconst b = 2\n')
  })

  it('that change the layout alone are churn, and no part of the patch', () => {
    const before = tree({ 'a.js': "f( 'x' );\nrun()\nvar b = 2\nend()\nif (b) { g() }\n" })
    const after = tree({ 'a.js': 'f("x")\nrun()\nconst b = 2\nend()\nif (b) {\n  g()\n}\n' })
    const { patch, churn } = hunksOf(before, after)
    expect(churn).toBe(2)
    expect(textOf(applyPatch(before, patch), 'a.js')).toBe("f( 'x' );\nrun()\nconst b = 2\nend()\nif (b) { g() }\n")
  })

  it('are none where a tool did nothing', () => {
    const same = tree({ 'a.js': 'var a = 1\n' })
    expect(hunksOf(same, same)).toEqual({ patch: { version: 1, edits: [] }, churn: 0 })
  })
})
