import { describe } from '@jest/globals'

import { files, itReads, shape } from './testing.ts'

const sum = files['src/sum.js']
const done = { 'src/sum.js': sum.replace('var total', 'const total') }
const body = ' function sum(a, b) {\n-  var total = a + b\n+  const total = a + b\n   return total\n }'
const head = '--- a/src/sum.js\n+++ b/src/sum.js\n'
const diff = `${head}@@ -1,4 +1,4 @@\n${body}`
const fenced = (text: string, info = 'diff'): string => `\`\`\`${info}\n${text}\n\`\`\``

describe('unified diffs are read', () => {
  itReads('unified-diff', [
    shape('in a fence of diff', fenced(diff), done),
    shape('in a fence of patch', fenced(diff, 'patch'), done),
    shape('in a fence of no language', fenced(diff, ''), done),
    shape('without a fence', `${diff}\n`, done),
    shape('without a fence, prose around', `The change:\n\n${diff}\n\nThis uses const.\n- as it should\n`, done),
    shape(
      'with the headers of git',
      fenced(`diff --git a/src/sum.js b/src/sum.js\nindex 123..456 100644\n${diff}`),
      done,
    ),
    shape('without a/ and b/', fenced(diff.replace('a/src', 'src').replace('b/src', 'src')), done),
    shape('with dates', fenced(diff.replaceAll('sum.js\n', 'sum.js\t2024-01-01 10:00:00\n')), done),
    shape('with wrong counts', fenced(diff.replace('-1,4 +1,4', '-1,7 +1,9')), done),
    shape('with wrong line numbers', fenced(diff.replace('-1,4 +1,4', '-90,4 +90,4')), done),
    shape('without line numbers', fenced(diff.replace('@@ -1,4 +1,4 @@', '@@ ... @@')), done),
    shape('with a bare @@', fenced(diff.replace('@@ -1,4 +1,4 @@', '@@')), done),
    shape('with the function behind the @@', fenced(diff.replace('4 @@', '4 @@ function sum() {')), done),
    shape('without headers, the path above', `src/sum.js\n${fenced(`@@ -1,4 +1,4 @@\n${body}`)}`, done),
    shape('with CRLF in the reply', fenced(diff).replaceAll('\n', '\r\n'), done),
    shape(
      'for a CRLF file',
      fenced('--- a/src/dos.js\n+++ b/src/dos.js\n@@ -1,3 +1,4 @@\n var x = 1\n+var q = 3\n var y = 2\n var z = x + y'),
      {
        'src/dos.js': 'var x = 1\r\nvar q = 3\r\nvar y = 2\r\nvar z = x + y\r\n',
      },
    ),
    shape(
      'behind a byte order mark',
      fenced('--- a/src/bom.js\n+++ b/src/bom.js\n@@ -1,2 +1,2 @@\n-var first = 1\n+let first = 1\n var second = 2'),
      {
        'src/bom.js': '\uFEFFlet first = 1\nvar second = 2\n',
      },
    ),
    shape(
      'at the end without newline, unmarked',
      fenced('--- a/src/open.js\n+++ b/src/open.js\n@@ -1,2 +1,2 @@\n var a = 1\n-var b = 2\n+let b = 2'),
      {
        'src/open.js': 'var a = 1\nlet b = 2',
      },
    ),
    shape(
      'that end a file with a newline',
      fenced(
        '--- a/src/open.js\n+++ b/src/open.js\n@@ -1,2 +1,2 @@\n var a = 1\n-var b = 2\n\\ No newline at end of file\n+let b = 2',
      ),
      {
        'src/open.js': 'var a = 1\nlet b = 2\n',
      },
    ),
    shape(
      'with empty lines for blank context',
      fenced('--- a/src/sum.js\n+++ b/src/sum.js\n@@ -4,3 +4,3 @@\n }\n\n-module.exports = { sum }\n+export { sum }'),
      {
        'src/sum.js': sum.replace('module.exports =', 'export'),
      },
    ),
    shape(
      'of several files',
      fenced(`${diff}\n--- a/src/open.js\n+++ b/src/open.js\n@@ -1,2 +1,2 @@\n-var a = 1\n+let a = 1\n var b = 2`),
      {
        ...done,
        'src/open.js': 'let a = 1\nvar b = 2',
      },
    ),
    shape('of a new file', fenced('--- /dev/null\n+++ b/src/new.js\n@@ -0,0 +1,2 @@\n+one\n+two'), {
      'src/new.js': 'one\ntwo\n',
    }),
    shape(
      'of a deleted file',
      fenced(
        'diff --git a/src/open.js b/src/open.js\ndeleted file mode 100644\n--- a/src/open.js\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-var a = 1\n-var b = 2\n\\ No newline at end of file',
      ),
      {
        'src/open.js': undefined,
      },
    ),
    shape(
      'of a renamed file',
      fenced(
        'diff --git a/src/open.js b/src/shut.js\nsimilarity index 90%\nrename from src/open.js\nrename to src/shut.js\n--- a/src/open.js\n+++ b/src/shut.js\n@@ -1,2 +1,2 @@\n-var a = 1\n+let a = 1\n var b = 2',
      ),
      {
        'src/open.js': undefined,
        'src/shut.js': 'let a = 1\nvar b = 2',
      },
    ),
    shape(
      'in one of two places alike, every number right',
      fenced('--- a/src/twice.js\n+++ b/src/twice.js\n@@ -6,2 +6,2 @@\n-  return 1\n+  return 2\n }'),
      {
        'src/twice.js': 'function one() {\n  return 1\n}\n\nfunction uno() {\n  return 2\n}\n',
      },
    ),
    shape(
      'with lines that look like headers',
      fenced(
        '--- a/src/new.sql\n+++ /dev/null\n'
          .replace('a/src/new.sql', '/dev/null')
          .replace('+++ /dev/null', '+++ b/q.sql') + '@@ -0,0 +1,2 @@\n+-- drop\n+++ x',
      ),
      {
        'q.sql': '-- drop\n++ x\n',
      },
    ),
    shape(
      'with blanks instead of tabs in context',
      fenced(
        '--- a/src/tabs.ts\n+++ b/src/tabs.ts\n@@ -2,4 +2,4 @@\n   go(): number {\n     const label = "a b"\n-    return label.length\n+    return label.length + 1\n   }',
      ),
      {
        'src/tabs.ts': files['src/tabs.ts'].replace('label.length', 'label.length + 1'),
      },
    ),
  ])
})

describe('unified diffs are refused', () => {
  itReads(undefined, [
    shape('cut in a fence', fenced(diff).slice(0, -8), 'truncated'),
    shape('cut without a fence', diff.slice(0, diff.indexOf('   return')), 'truncated', { says: 'counts more lines' }),
    shape(
      'cut within the last line',
      `${head}@@ -1,2 +1,2 @@\n function sum(a, b) {\n-  var total = a + b\n+  const tot`,
      'truncated',
    ),
    shape('with context that is nowhere', fenced(diff.replace('return total', 'return sum')), 'anchor_missing', {
      says: 'nearest is line 1',
    }),
    shape(
      'in one of two places alike, a count wrong',
      fenced('--- a/src/twice.js\n+++ b/src/twice.js\n@@ -6,3 +6,2 @@\n-  return 1\n+  return 2\n }'),
      'anchor_ambiguous',
    ),
    shape(
      'in one of two places alike, the line wrong',
      fenced('--- a/src/twice.js\n+++ b/src/twice.js\n@@ -5,2 +5,2 @@\n-  return 1\n+  return 2\n }'),
      'anchor_ambiguous',
    ),
    shape(
      'of lines that stand elsewhere, and but for one character where it says',
      fenced('--- a/src/cases.js\n+++ b/src/cases.js\n@@ -2 +2 @@\n-  case 7: f()\n+  case 8: f()'),
      'anchor_ambiguous',
      { says: 'the hunk says line 2' },
    ),
    shape(
      'of a line that says little, one character from another place, the line number wrong',
      fenced('--- a/src/cases.js\n+++ b/src/cases.js\n@@ -4 +4 @@\n-}\n+};'),
      'anchor_ambiguous',
      { says: 'too much like them' },
    ),
    shape('without any context', fenced(`${head}@@ -2,0 +3,1 @@\n+  log()`), 'anchor_missing', { says: 'no old line' }),
    shape('without headers', fenced('-var a\n+let a'), 'malformed', { says: 'file header' }),
    shape('without @@', fenced(`${head}-  var total = a + b\n+  const total = a + b`), 'malformed', { says: '@@' }),
    shape('with a line of no sign', fenced(diff.replace(' }', '}')), 'malformed', { says: 'begins with no space' }),
    shape('of two names', fenced(diff.replace('b/src/sum.js', 'b/src/add.js')), 'malformed', { says: 'two names' }),
    shape('of modes', fenced('diff --git a/src/sum.js b/src/sum.js\nold mode 100644\nnew mode 100755'), 'unsupported'),
    shape(
      'of binary files',
      fenced('diff --git a/logo.bin b/logo.bin\nBinary files a/logo.bin and b/logo.bin differ'),
      'unsupported',
    ),
    shape('of a new file that is there', fenced('--- /dev/null\n+++ b/src/sum.js\n@@ -0,0 +1 @@\n+x'), 'exists'),
    shape(
      'of a deleted file with other lines',
      fenced('--- a/src/open.js\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-var a = 1\n-var c = 2'),
      'anchor_missing',
    ),
    shape('that only repeat', fenced(`${head}@@ -1,1 +1,1 @@\n function sum(a, b) {`), 'nothing'),
    shape(
      'with an elision',
      fenced(diff.replace('+  const total = a + b', '+  // rest of the code unchanged')),
      'elided',
    ),
    shape(
      'out of scope',
      fenced('--- a/secret/key.js\n+++ b/secret/key.js\n@@ -1 +1 @@\n-var key = 1\n+x'),
      'out_of_scope',
    ),
    shape('of a path that climbs', fenced(diff.replaceAll('src/sum.js', '../sum.js')), 'path'),
    shape(
      'in the envelope of another tool',
      '*** Begin Patch\n*** Update File: src/sum.js\n@@\n-  var total\n+  const total\n*** End Patch',
      'unsupported',
    ),
  ])
})
