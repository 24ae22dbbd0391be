import ts from 'typescript'
import { change, type Operator } from '../candidate.ts'

interface Piece {
  readonly start: number
  readonly end: number
  readonly replacements: readonly string[]
}

const classes: Readonly<Record<string, string>> = {
  '\\d': '\\D',
  '\\D': '\\d',
  '\\w': '\\W',
  '\\W': '\\w',
  '\\s': '\\S',
  '\\S': '\\s',
  '\\b': '\\B',
  '\\B': '\\b',
}

/** What of a pattern can be exchanged, found by one pass that knows escapes and classes. */
const piecesOf = (pattern: string): Piece[] => {
  const pieces: Piece[] = []
  const at = (start: number, length: number, ...replacements: string[]) =>
    pieces.push({ start, end: start + length, replacements })
  let inClass = false
  for (let i = 0; i < pattern.length; i++) {
    const two = pattern.slice(i, i + 2)
    if (two[0] === '\\') {
      const other = classes[two]
      if (other !== undefined && !(inClass && /b/i.test(two))) at(i, 2, other)
      i++
    } else if (inClass) inClass = two[0] !== ']'
    else if (two[0] === '[') {
      inClass = true
      if (two === '[^') at(i, 2, '[')
      else at(i, 1, '[^')
    } else if (two[0] === '^' || two[0] === '$') at(i, 1, '')
    else if (two === '(?') {
      const group = /^\(\?<?[=!]/.exec(pattern.slice(i))?.[0]
      if (group !== undefined)
        at(
          i,
          group.length,
          group.replace(/[=!]/, (sign) => (sign === '=' ? '!' : '=')),
        )
      i++
    } else if (two[0] === '+' || two[0] === '*' || two[0] === '?') at(i, 1, '')
  }
  return pieces
}

const isRegex = (pattern: string, flags: string): boolean => {
  try {
    // an empty pattern would be the start of a comment
    return pattern !== '' && pattern[0] !== '*' && new RegExp(pattern, flags) !== undefined
  } catch {
    return false
  }
}

/** Anchors, quantifiers, classes, looking around and flags of a regular expression. */
export const regexOperators: Operator = (node) => {
  if (!ts.isRegularExpressionLiteral(node)) return []
  const text = node.getText()
  const slash = text.lastIndexOf('/')
  const [pattern, flags] = [text.slice(1, slash), text.slice(slash + 1)]
  const patterns = piecesOf(pattern).flatMap(({ start, end, replacements }) =>
    replacements.map((replacement) => pattern.slice(0, start) + replacement + pattern.slice(end)),
  )
  const texts = patterns.filter((each) => isRegex(each, flags)).map((each) => `/${each}/${flags}`)
  const fewer = [...flags].filter((flag) => 'gims'.includes(flag)).map((flag) => flags.replace(flag, ''))
  const flagged = fewer.filter((each) => isRegex(pattern, each)).map((each) => `/${pattern}/${each}`)
  return [...texts, ...flagged].map((each) => change('regex', node, each))
}
