import { expect, it } from '@jest/globals'
import { applyPatch, type Tree } from '@iama/patch'

import { changesBetween } from './changes.testing.ts'
import { readPatchReply, type ReplyForm } from './read-patch-reply.ts'
import { ReplyRefused, type ReplyFault } from './refusal.ts'

export const treeOf = (files: Readonly<Record<string, string | Uint8Array>>): Tree =>
  new Map(
    Object.entries(files).map(([path, content]) => [
      path,
      { content: typeof content === 'string' ? Buffer.from(content) : content, executable: false },
    ]),
  )

/** A small project with the traps of real ones. */
export const files = {
  'src/sum.js': 'function sum(a, b) {\n  var total = a + b\n  return total\n}\n\nmodule.exports = { sum }\n',
  'src/twice.js': 'function one() {\n  return 1\n}\n\nfunction uno() {\n  return 1\n}\n',
  'src/tabs.ts': 'export class A {\n\tgo(): number {\n\t\tconst label = "a  b"\n\t\treturn label.length\n\t}\n}\n',
  'src/dos.js': 'var x = 1\r\nvar y = 2\r\nvar z = x + y\r\n',
  'src/bom.js': '\uFEFFvar first = 1\nvar second = 2\n',
  'src/open.js': 'var a = 1\nvar b = 2',
  'py/run.py': 'def run(n):\n    if n:\n        return 1\n    return 0\n',
  'py/stub.py': 'class P:\n    ...\n',
  'README.md': '# Title\n\n```js\nsum(1, 2)\n```\n\nEnd\n',
  'src/rest.js': 'function f() {\n  // ... rest of the code\n  return 1\n}\n',
  'src/cases.js':
    'switch (n) {\n  case 1: f()\n    break\n  case 7: f()\n    break\n  default:\n    g( a,  b )\n    g( a,,b )\n})\n}\n',
  'empty.txt': '',
  'logo.bin': Buffer.from([0, 1, 2, 255]),
  'secret/key.js': 'var key = 1\n',
}
export const tree = treeOf(files)
export const scope = (path: string): boolean => !path.startsWith('secret/')

/** What a reply must come to: the files that change (undefined: gone), or the fault. */
export type Expected = Readonly<Record<string, string | undefined>> | ReplyFault

export interface Shape {
  readonly name: string
  readonly reply: string
  readonly expected: Expected
  /** What the words of a refusal have to contain. */
  readonly says?: string
  readonly wholeFiles?: boolean
}

export const shape = (name: string, reply: string, expected: Expected, more: Partial<Shape> = {}): Shape => ({
  name,
  reply,
  expected,
  ...more,
})

/** The refusal of a reply. */
export const refusalOf = (act: () => unknown): ReplyRefused => {
  try {
    act()
  } catch (error) {
    if (error instanceof ReplyRefused) return error
    throw error
  }
  throw new Error('the reply was read')
}

/** One test for each shape: exactly the expected files, or a refusal that a model can act on. */
export const itReads = (form: ReplyForm | undefined, shapes: readonly Shape[]): void => {
  it.each(shapes.map((each) => [each.name, each] as const))(
    '%s',
    (_name, { reply, expected, says, wholeFiles = true }) => {
      const rules = { tree, scope, wholeFiles }
      if (typeof expected !== 'string') {
        const read = readPatchReply(reply, rules)
        expect(changesBetween(tree, applyPatch(tree, read.patch))).toEqual(expected)
        expect(read.form).toBe(form)
        for (const edit of read.patch.edits) {
          expect(edit).toMatchObject({ recipe: 'model', evidence: { kind: 'unproven' } })
          expect(edit.title.trim()).not.toBe('')
          expect(edit.reason.trim()).not.toBe('')
        }
        return
      }
      const refused = refusalOf(() => readPatchReply(reply, rules))
      expect(refused.problems.map(({ fault }) => fault)).toContain(expected)
      expect(refused.message).toContain('Fix: ')
      if (says !== undefined) expect(refused.message).toContain(says)
      for (const problem of refused.problems) {
        // a repair turn must know where; only what is wrong with the reply as a whole has no place
        const whole = ['nothing', 'no_operations', 'several_answers', 'too_large', 'wrong_shape'].includes(
          problem.fault,
        )
        expect(problem.line !== undefined || problem.field !== undefined || whole).toBe(true)
        expect(problem.fix).not.toBe('')
      }
    },
  )
}
