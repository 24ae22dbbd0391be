import { describe, expect, it } from '@jest/globals'
import { changedFunctions } from './changed-functions.ts'
import { loopGuards } from './loop-guards.ts'

const before = `let top = 1
function outer(list) {
  return list.map(function inner(each) { return each + top })
}
const other = (a) => a * 2
`

const changed = (after: string, from: string | undefined = before): string[] =>
  changedFunctions('a.js', from, after).map(({ start, end }) => after.slice(start, end))

describe('changed functions', () => {
  it('nothing changed, or the layout alone', () => {
    expect(changed(before)).toEqual([])
    expect(changed(before.replace('  return list', '\n\n      return list'))).toEqual([])
  })

  it('an inner function is a change of its own', () => {
    expect(changed(before.replace('each + top', 'top + each'))).toEqual(['function inner(each) { return top + each }'])
  })

  it('an outer function changes without those inside of it', () => {
    const parts = changed(before.replace('list.map', 'list.flatMap'))
    expect(parts.join('')).toContain('list.flatMap(')
    expect(parts.join('')).not.toContain('each + top')
  })

  it('the top level is one as well, and a new file has changed as a whole', () => {
    expect(changed(before.replace('top = 1', 'top = 2')).join('')).toContain('let top = 2')
    expect(changedFunctions('a.js', undefined, before).reduce((sum, { start, end }) => sum + end - start, 0)).toBe(
      before.trimEnd().length + 1,
    )
  })
})

describe('loop guards', () => {
  it('stand at the start of every body', () => {
    const source = 'for (;;) { a() }\nwhile (b) c()\ndo d(); while (e)\nfor (const f of g) for (h in i) {}'
    let text = source
    for (const { at, text: inserted } of loopGuards('a.js', source, 'x()').toReversed())
      text = text.slice(0, at) + inserted + text.slice(at)
    expect(text).toBe(
      'for (;;) {x(); a() }\nwhile (b) {x();c()}\ndo {x();d();} while (e)\nfor (const f of g) {x();for (h in i) {x();}}',
    )
  })
})
