import { describe, expect, it } from '@jest/globals'

import { readJsonReply } from './read-json-reply.ts'
import { readPatchReply } from './read-patch-reply.ts'
import { MAX_REPLY } from './reply-text.ts'
import { refusalOf, treeOf } from './testing.ts'

const tree = treeOf({ 'rep.js': 'x\n'.repeat(500_000) })
const rules = { tree, scope: () => true, wholeFiles: true }
const SIZE = 1_000_000
const many = (text: string): string => text.repeat(Math.floor(SIZE / text.length))

/** Linear work on a megabyte takes some tenths of a second; quadratic work would take an hour. */
const MAX_MS = 3_000

/**
 * Processor time of this thread: what else the machine does is not our affair, nor is the heap that other suites have
 * left, whose collection falls upon whoever comes next; so the better of two counts. Quadratic work is late each time.
 */
const cpuMsOf = (work: () => void): number => {
  const once = (): number => {
    const start = process.threadCpuUsage()
    work()
    const { user, system } = process.threadCpuUsage(start)
    return (user + system) / 1_000
  }
  const first = once()
  return first < MAX_MS ? first : Math.min(first, once())
}

describe('a reply of a megabyte takes no more than linear time', () => {
  it.each([
    ['braces', many('{')],
    ['broken objects', many('{"')],
    ['nested arrays', many('[{"a":')],
    ['blank lines', many('\n')],
    ['fences', many('```\n')],
    ['thinking', many('<think>x</think>\ny\n')],
    ['closing tags of thinking', many('</think>\n')],
    ['blocks', `rep.js\n${many('<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n')}`],
    ['diffs', many('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-x\n+y\n')],
    ['one hunk', `\`\`\`diff\n--- a/rep.js\n+++ b/rep.js\n@@ @@\n${many('-x\n')}\`\`\`\n`],
    ['one line', many('a')],
  ])('%s', (_name, reply) => {
    const used = cpuMsOf(() => {
      refusalOf(() => readPatchReply(reply, rules))
      refusalOf(() => readJsonReply(reply))
    })
    expect(used).toBeLessThan(MAX_MS)
  })

  it('an anchor that repeats in a file that repeats', () => {
    const operation = { type: 'replace', path: 'rep.js', anchor: `${' x\n'.repeat(5_000)}y`, text: 'z' }
    const edit = { title: 't', reason: 'r', operations: [operation] }
    const used = cpuMsOf(() =>
      expect(refusalOf(() => readPatchReply(JSON.stringify({ edits: [edit] }), rules)).fault).toBe('too_large'),
    )
    expect(used).toBeLessThan(MAX_MS)
  })
})

describe('a reply beyond all measure is refused', () => {
  it('by its size', () => {
    expect(refusalOf(() => readPatchReply('a'.repeat(MAX_REPLY + 1), rules)).fault).toBe('too_large')
  })

  it('by its operations', () => {
    const blocks = `rep.js\n${'<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n'.repeat(2_001)}`
    expect(refusalOf(() => readPatchReply(blocks, rules)).fault).toBe('too_large')
  })
})

describe('readJsonReply', () => {
  it.each([
    ['bare', '{"a": [1, 2.5e3, true, null, "\\u00e9"]}'],
    ['in a fence with prose around', 'Sure:\n```json\n{"a": [1, 2.5e3, true, null, "é"]}\n```\nDone.'],
    ['after thinking', '<think>{"a": 1}</think>{"a": [1, 2500, true, null, "é"]}'],
    ['with comments and a trailing comma', '{ // c\n "a": [1, 2500, true, null, "é",], /* d */ }'],
    ['twice the same', '{"a":[1,2500,true,null,"é"]}\n\n{"a": [1, 2500, true, null, "é"]}'],
  ])('reads an object %s', (_name, reply) => {
    expect(readJsonReply(reply)).toEqual({ a: [1, 2500, true, null, 'é'] })
  })

  it.each([
    ['two objects', '{"a":1}\n{"a":2}', 'several_answers'],
    ['an array', '[{"a":1}]', 'wrong_shape'],
    ['prose', 'none', 'no_operations'],
    ['a cut one', '{"a": {"b": 1}', 'truncated'],
    ['a key that would be a prototype', '{"__proto__": {"a": 1}}', 'malformed'],
    ['too deep a nest', `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`, 'malformed'],
  ])('refuses %s', (_name, reply, fault) => {
    expect(refusalOf(() => readJsonReply(reply)).fault).toBe(fault)
  })
})
