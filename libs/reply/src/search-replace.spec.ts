import { describe } from '@jest/globals'

import { files, itReads, shape } from './testing.ts'

const sum = files['src/sum.js']
const done = { 'src/sum.js': sum.replace('var total', 'const total') }
const block = (search: string, replace: string): string =>
  `<<<<<<< SEARCH\n${search}${search === '' ? '' : '\n'}=======\n${replace}${replace === '' ? '' : '\n'}>>>>>>> REPLACE`
const one = block('  var total = a + b', '  const total = a + b')
const fenced = (text: string, info = ''): string => `\`\`\`${info}\n${text}\n\`\`\``

describe('search/replace blocks are read', () => {
  itReads('search-replace', [
    shape('with the path above, no fence', `src/sum.js\n${one}`, done),
    shape('with the path above the fence', `src/sum.js\n${fenced(one, 'js')}`, done),
    shape('with the path inside the fence', fenced(`src/sum.js\n${one}`), done),
    shape('with the path in bold', `**src/sum.js**\n\n${fenced(one, 'javascript')}`, done),
    shape('with the path as a heading in backticks', `### \`src/sum.js\`\n${fenced(one)}`, done),
    shape('with File: before the path', `File: src/sum.js\n${one}`, done),
    shape('with the path as a comment in the fence', fenced(`// src/sum.js\n${one}`, 'js'), done),
    shape('with the path in the words of the fence', fenced(one, 'js src/sum.js'), done),
    shape('with the path behind a colon in the fence', fenced(one, 'js:src/sum.js'), done),
    shape('with the path as the title of the fence', fenced(one, 'js title="src/sum.js"'), done),
    shape('with the path in a sentence', `In \`src/sum.js\`, use const:\n\n${fenced(one)}`, done),
    shape('in a fence of diff', fenced(`src/sum.js\n${one}`, 'diff'), done),
    shape(
      'with prose before, between and after',
      `First.\n\nsrc/sum.js\n${one}\n\nThen the other:\n\nsrc/open.js\n${block('var b = 2', 'let b = 2')}\n\nDone.`,
      {
        ...done,
        'src/open.js': 'var a = 1\nlet b = 2',
      },
    ),
    shape('one after the other for one file', `src/sum.js\n${one}\n\n${block('  return total', '  return +total')}`, {
      'src/sum.js': done['src/sum.js'].replace('return total', 'return +total'),
    }),
    shape(
      'that share lines around their changes',
      `src/sum.js\n${block('function sum(a, b) {\n  var total = a + b\n  return total', 'function sum(a, b) {\n  const total = a + b\n  return total')}\n${block('  return total\n}', '  return +total\n}')}`,
      {
        'src/sum.js': done['src/sum.js'].replace('return total', 'return +total'),
      },
    ),
    shape(
      'with the markers of Cline',
      `src/sum.js\n------- SEARCH\n  var total = a + b\n=======\n  const total = a + b\n+++++++ REPLACE`,
      done,
    ),
    shape(
      'with the line of the beginning',
      `src/sum.js\n<<<<<<< SEARCH\n:start_line:2\n-------\n  var total = a + b\n=======\n  const total = a + b\n>>>>>>> REPLACE`,
      done,
    ),
    shape('with CRLF in the reply', `src/sum.js\n${one}`.replaceAll('\n', '\r\n'), done),
    shape('indented in a list', `1. Use const\n\n   src/sum.js\n${fenced(one).replace(/^/gm, '   ')}`, done),
    shape(
      'without the indentation of the file',
      `py/run.py\n${block('if n:\n    return 1', 'if n > 0:\n    log()\n    return 1')}`,
      {
        'py/run.py': 'def run(n):\n    if n > 0:\n        log()\n        return 1\n    return 0\n',
      },
    ),
    shape(
      'with more indentation than the file',
      `src/sum.js\n${block('      var total = a + b', '      const total = a + b')}`,
      done,
    ),
    shape(
      'with spaces for tabs, other lines untouched',
      `src/tabs.ts\n${block('  go(): number {\n    const label = "a b"\n    return label.length', '  go(): number {\n    const label = "a b"\n    return label.length + 1')}`,
      {
        'src/tabs.ts': files['src/tabs.ts'].replace('label.length', 'label.length + 1'),
      },
    ),
    shape('that delete lines', `src/sum.js\n${block('  var total = a + b\n  return total', '  return a + b')}`, {
      'src/sum.js': sum.replace('  var total = a + b\n  return total', '  return a + b'),
    }),
    shape('that delete and leave nothing', `src/sum.js\n${block('module.exports = { sum }', '')}`, {
      'src/sum.js': sum.replace('module.exports = { sum }\n', ''),
    }),
    shape('for the last line without newline', `src/open.js\n${block('var b = 2', 'let b = 2\nlet c = 3')}`, {
      'src/open.js': 'var a = 1\nlet b = 2\nlet c = 3',
    }),
    shape('that delete the last line without newline', `src/open.js\n${block('var b = 2', '')}`, {
      'src/open.js': 'var a = 1',
    }),
    shape('for a CRLF file', `src/dos.js\n${block('var y = 2', 'var y = 2\nvar q = 3')}`, {
      'src/dos.js': 'var x = 1\r\nvar y = 2\r\nvar q = 3\r\nvar z = x + y\r\n',
    }),
    shape(
      'for the first line behind a byte order mark',
      `src/bom.js\n${block('var first = 1', 'let zero = 0\nlet first = 1')}`,
      {
        'src/bom.js': '\uFEFFlet zero = 0\nlet first = 1\nvar second = 2\n',
      },
    ),
    shape('without old lines, for a new file', `src/new.js\n${block('', 'export {}')}`, {
      'src/new.js': 'export {}\n',
    }),
    shape('without old lines, for an empty file', `empty.txt\n${block('', 'full')}`, { 'empty.txt': 'full\n' }),
    shape(
      'with fences in the text',
      `README.md\n${fenced(block('```js\nsum(1, 2)\n```', '```js\nsum(3, 4)\n```'), 'md')}`,
      {
        'README.md': files['README.md'].replace('1, 2', '3, 4'),
      },
    ),
    shape(
      'one character from another place, but long enough to be taken at their word',
      `src/cases.js\n${block('  case 7: f()', '  case 8: f()')}`,
      {
        'src/cases.js': files['src/cases.js'].replace('case 7', 'case 8'),
      },
    ),
    shape('that say little, with nothing like them', `src/sum.js\n${block('}\n', '}\n\n\n')}`, {
      'src/sum.js': sum.replace('}\n\n', '}\n\n\n\n'),
    }),
    shape('the same block twice', `src/sum.js\n${one}\n${one}`, done),
    shape('beside an example without a path', `Before:\n\n${fenced('var x', 'js')}\n\nsrc/sum.js\n${one}`, done),
    shape(
      'with a remark that the file has already',
      `src/rest.js\n${block('  // ... rest of the code\n  return 1', '  // ... rest of the code\n  return 2')}`,
      {
        'src/rest.js': files['src/rest.js'].replace('return 1', 'return 2'),
      },
    ),
    shape(
      'after </think> alone, a draft before',
      `src/sum.js\n${block('  return total', '  return 0')}\n</think>\n\nsrc/sum.js\n${one}`,
      done,
    ),
  ])
})

describe('search/replace blocks are refused', () => {
  itReads(undefined, [
    shape('without a path', `Here is the change:\n\n${one}`, 'path', { says: 'write the path' }),
    shape(
      'without a path after prose',
      `src/sum.js\n${one}\n\nAnd also this one:\n\n${block('  return total', '  return 1')}`,
      'path',
    ),
    shape('with two paths', `src/open.js\n${fenced(one, 'js src/sum.js')}`, 'path', { says: 'two paths' }),
    shape('cut in the new lines', `src/sum.js\n${one.slice(0, -18)}`, 'truncated'),
    shape('cut in the old lines', 'src/sum.js\n<<<<<<< SEARCH\n  var to', 'truncated'),
    shape('in a fence that is never closed', `\`\`\`\nsrc/sum.js\n${one}\n`, 'truncated', { says: 'never closed' }),
    shape('beside a fence that is never closed', `src/sum.js\n${one}\n\n\`\`\`js\nmore`, 'truncated'),
    shape('without a middle', 'src/sum.js\n<<<<<<< SEARCH\nx\n>>>>>>> REPLACE', 'malformed', {
      says: 'no line of =======',
    }),
    shape('with two middles', 'src/sum.js\n<<<<<<< SEARCH\nx\n=======\ny\n=======\nz\n>>>>>>> REPLACE', 'malformed', {
      says: 'middle',
    }),
    shape('that begin before the last has ended', `src/sum.js\n<<<<<<< SEARCH\nx\n=======\n${one}`, 'malformed'),
    shape('that are nowhere', `src/sum.js\n${block('  var totals = a + b', '')}`, 'anchor_missing', {
      says: 'nearest is line 2',
    }),
    shape(
      'that have drifted inside',
      `src/sum.js\n${block('function sum(a, b) {\n  return total', 'x')}`,
      'anchor_missing',
      { says: 'nearest is line 1' },
    ),
    shape('of half a line', `src/sum.js\n${block('var total', 'const total')}`, 'anchor_missing', {
      says: 'copy whole lines',
    }),
    shape('that match twice', `src/twice.js\n${block('  return 1', '  return 2')}`, 'anchor_ambiguous', {
      says: 'lines 2 and 6',
    }),
    shape(
      'that say little, one character from another place',
      `src/cases.js\n${block('}', '};')}`,
      'anchor_ambiguous',
      {
        says: 'at line 10, but those at line 9',
      },
    ),
    shape(
      'of a blank line in a file with lines of one character',
      `src/twice.js\n${block('', 'x').replace('SEARCH\n', 'SEARCH\n\n')}`,
      'anchor_ambiguous',
    ),
    shape(
      'found with other blanks, one character from another place',
      `src/cases.js\n${block('    g( a, b )', '    g(c)')}`,
      'anchor_ambiguous',
      { says: 'line 8' },
    ),
    shape('of a blank line under a path that is not there', `src/sun.js\n${block('\n', 'x')}`, 'path'),
    shape('that match twice but for blanks', `src/twice.js\n${block('return  1', 'return 2')}`, 'anchor_ambiguous'),
    shape(
      'whose new lines have an indentation of their own',
      `src/tabs.ts\n${block('  go(): number {\n    const label = "a  b"', '  go(): number {\n      if (x) return 1\n    const label = "a  b"')}`,
      'whitespace',
      { says: 'line 2' },
    ),
    shape(
      'that change a string found with other blanks',
      `src/tabs.ts\n${block('\t\tconst label = "a b"', '\t\tconst label = "a b c"')}`,
      'whitespace',
    ),
    shape('that change nothing', `src/sum.js\n${block('  return total', '  return total')}`, 'nothing'),
    shape('without old lines for a file that is there', `src/sum.js\n${block('', 'x')}`, 'exists'),
    shape('that overlap', `src/sum.js\n${one}\n${block('  var total = a + b', '  let total = a + b')}`, 'overlap', {
      says: 'src/sum.js',
    }),
    shape('with an elision', `src/sum.js\n${block('  var total = a + b', '  // ... existing code ...')}`, 'elided'),
    shape('out of scope', `secret/key.js\n${block('var key = 1', 'x')}`, 'out_of_scope'),
    shape('for a file in the wrong case', `SRC/sum.js\n${one}`, 'path', { says: 'write src/sum.js' }),
    shape('for a file that is not there', `src/summ.js\n${one}`, 'path'),
    shape('for a file that is not text', `logo.bin\n${block('x', 'y')}`, 'binary'),
    shape('beside a whole file', `src/sum.js\n${one}\n\nsrc/open.js\n${fenced('let a', 'js')}`, 'several_answers', {
      says: 'files at line',
    }),
    shape(
      'before a closing tag of thinking in prose',
      `src/sum.js\n${one}\nso far</think>\nsrc/sum.js\n${one}`,
      'several_answers',
    ),
  ])
})
