import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { joinWords, splitCommands } from './shell-words.ts'

describe('shell words', () => {
  it('reads back what it wrote, without a shell', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (words) => {
        expect(splitCommands(joinWords(words))).toMatchObject([{ words, needsShell: false, compound: false }])
      }),
    )
  })

  it('splits at && and ; but not inside quotes or parentheses', () => {
    expect(splitCommands(`a 'x && y'; b "c;d" && (e && f)`).map(({ text }) => text)).toEqual([
      `a 'x && y'`,
      `b "c;d"`,
      '(e && f)',
    ])
  })

  it('knows what only a shell can do', () => {
    expect(
      splitCommands('a *.js && b $X && c "$X" && d \'$X\' && e > f && g#h').map(({ needsShell }) => needsShell),
    ).toEqual([true, true, true, false, true, false])
  })
})
