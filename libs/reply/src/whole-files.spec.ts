import { describe } from '@jest/globals'

import { files, itReads, shape } from './testing.ts'

const better = files['src/sum.js'].replace('var total', 'const total')
const done = { 'src/sum.js': better }
const fenced = (text: string, info = 'js', mark = '```'): string =>
  `${mark}${info}\n${text}${text.endsWith('\n') ? '' : '\n'}${mark}`

describe('whole files are read', () => {
  itReads('files', [
    shape('with the path above the fence', `src/sum.js\n${fenced(better)}`, done),
    shape('with the path in the words of the fence', fenced(better, 'js src/sum.js'), done),
    shape('with a fence of the path alone', fenced(better, 'src/sum.js'), done),
    shape(
      'with the path as a heading',
      `Here you go.\n\n#### \`src/sum.js\`\n\n${fenced(better)}\n\nRun it:\n\n${fenced('npm test', 'bash')}`,
      done,
    ),
    shape('with the path as a comment on the first line', fenced(`// src/sum.js\n${better}`), done),
    shape('with a blank line less at the end', `src/sum.js\n${fenced(better.trimEnd())}`, done),
    shape('for a CRLF file', `src/dos.js\n${fenced('let x = 1')}`, { 'src/dos.js': 'let x = 1\r\n' }),
    shape('for a file with a byte order mark', `src/bom.js\n${fenced('let first')}`, {
      'src/bom.js': '\uFEFFlet first\n',
    }),
    shape('for a file without a last newline', `src/open.js\n${fenced('let a = 1')}`, { 'src/open.js': 'let a = 1' }),
    shape('of a new file', `src/new.js (new)\n${fenced('export {}')}`, { 'src/new.js': 'export {}\n' }),
    shape('of several files', `src/sum.js\n${fenced(better)}\n\nsrc/new.js\n${fenced('export {}')}`, {
      ...done,
      'src/new.js': 'export {}\n',
    }),
    shape('with a longer fence around fences', `README.md\n${fenced('# T\n\n```js\nx\n```\n', 'md', '````')}`, {
      'README.md': '# T\n\n```js\nx\n```\n',
    }),
    shape('with a remark that the file has already', `src/rest.js\n${fenced(files['src/rest.js'].replace('1', '2'))}`, {
      'src/rest.js': files['src/rest.js'].replace('1', '2'),
    }),
    shape('with the dots of Python', `py/stub.py\n${fenced('class Q:\n    ...\n', 'python')}`, {
      'py/stub.py': 'class Q:\n    ...\n',
    }),
    shape(
      'with spread arguments, which are no elision',
      `src/new.js\n${fenced('f(\n  ...rest,\n)\n// see the rest of the docs at x.y', 'js')}`,
      {
        'src/new.js': 'f(\n  ...rest,\n)\n// see the rest of the docs at x.y\n',
      },
    ),
    shape('of JSON that is no answer', `package.json\n${fenced('{ "name": "x" }', 'json')}`, {
      'package.json': '{ "name": "x" }\n',
    }),
  ])
})

describe('whole files are refused', () => {
  itReads(undefined, [
    shape('where none are allowed', `src/sum.js\n${fenced(better)}`, 'whole_file', {
      wholeFiles: false,
      says: 'edit operations',
    }),
    ...[
      '// ... rest of the code',
      '// ...',
      '  // … existing code …',
      '/* ... unchanged ... */',
      '{/* rest of the component */}',
      '# rest of the code remains the same',
      '<!-- ... -->',
      '...',
      '// (existing code unchanged)',
      '// Rest of the file unchanged',
      '// ... other methods remain unchanged ...',
    ].map((line) =>
      shape(`with the elision ${line.trim()}`, `src/sum.js\n${fenced(`function sum() {\n${line}\n}\n`)}`, 'elided', {
        says: line.trim().slice(0, 8),
      }),
    ),
    shape('in a fence that is never closed', `src/sum.js\n\`\`\`js\n${better}`, 'truncated'),
    shape('without a path', fenced(better), 'no_operations', { says: 'in which file' }),
    shape('one without a path', `src/sum.js\n${fenced(better)}\n\nand\n\n${fenced('x')}`, 'path', { says: 'no path' }),
    shape('with two paths', `src/open.js\n${fenced(better, 'js src/sum.js')}`, 'path'),
    shape('with only a mention of the path', `I changed \`src/sum.js\` like this:\n${fenced(better)}`, 'no_operations'),
    shape('with a fence inside', `src/sum.js\n${fenced('/*\n```js\nx\n```\n*/')}`, 'malformed', {
      says: 'more backticks',
    }),
    shape('of Markdown in a short fence', `README.md\n${fenced('# T', 'md')}`, 'malformed', { says: 'four at least' }),
    shape('twice, differently', `src/sum.js\n${fenced(better)}\n\nsrc/sum.js\n${fenced('x')}`, 'overlap'),
    shape('in the wrong case', `src/Sum.js\n${fenced(better)}`, 'path', { says: 'write src/sum.js' }),
    shape('by their last name only', `sum.js\n${fenced(better)}`, 'path', { says: 'write src/sum.js' }),
    shape('with a folder too many', `project/src/sum.js\n${fenced(better)}`, 'path', { says: 'write src/sum.js' }),
    shape('out of scope', `secret/key.js\n${fenced('x')}`, 'out_of_scope'),
    shape('that are as they were', `src/sum.js\n${fenced(files['src/sum.js'])}`, 'nothing'),
    shape('that are empty', 'src/sum.js\n```js\n```', 'elided', { says: 'empty' }),
  ])
})

describe('a reply without operations is refused', () => {
  itReads(undefined, [
    shape('an empty one', '', 'no_operations', { says: 'empty' }),
    shape('thinking alone', '<think>nothing</think>', 'no_operations'),
    shape('NO CHANGES', 'NO CHANGES', 'nothing'),
    shape('no changes in a sentence', 'After review, no changes are needed.', 'nothing'),
    shape('a refusal', "I'm sorry, but I can't help with that.", 'no_operations', { says: 'prose only' }),
    shape('a plan', '1. Rename `x`\n2. Inline `y`', 'no_operations'),
    shape('JSON of something else', '{"answer": 42}', 'no_operations'),
    shape(
      'a call of a tool',
      '<tool_call>{"name": "run", "arguments": {"cmd": "rm -rf /"}}</tool_call>',
      'no_operations',
    ),
  ])
})
