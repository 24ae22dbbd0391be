import { expect, it } from '@jest/globals'
import { thrownLine } from './thrown-line.ts'

const ending = '\n\nNode.js v24.21.0\n'

it.each([
  [
    'an error',
    '/a.js:1\nthrow x\n^\n\nTypeError: x is [no] function\n    at a.js:1:1',
    'TypeError: x is [no] function',
  ],
  ['an error without a stack', '    ^\n\n[TypeError: fetch failed]', 'TypeError: fetch failed'],
  ['one with members', '[TypeError: fetch [a] failed] {\n  [cause]: Error: connect\n}', 'TypeError: fetch [a] failed'],
  ['what is no error', 'Uncaught:\n{ a: 1 }', undefined],
])('finds %s', (_, stderr, line) => expect(thrownLine(stderr + ending)).toBe(line))
