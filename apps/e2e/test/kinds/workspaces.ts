import { manifest, type Sample } from './sample.ts'

const inner = (name: string, extra: object = {}): string =>
  manifest({ name: `@sample/${name}`, main: 'index.js', scripts: { test: 'node --test' }, ...extra })

const test = (name: string, call: string, expected: string): string => `'use strict';

const assert = require('node:assert');
const { test } = require('node:test');
const own = require('..');

test('${name}', () => assert.strictEqual(own.${call}, ${expected}));
`

/** Two packages, one of which needs the other; only that one is to be refactored. */
export const workspaces: Sample = {
  files: {
    'package.json': manifest({ workspaces: ['packages/*'], scripts: { test: 'npm test --workspaces --if-present' } }),
    'packages/text/package.json': inner('text'),
    'packages/text/index.js': `'use strict';

var SPACE = ' ';

exports.capitalise = function (text) {
  var words = text.split(SPACE);
  return words
    .map(function (word) {
      return word.charAt(0).toUpperCase() + word.slice(1);
    })
    .join(SPACE);
};
`,
    'packages/text/test/text.test.js': test('capitalises', `capitalise('ada lovelace')`, `'Ada Lovelace'`),
    'packages/letter/package.json': inner('letter', { dependencies: { '@sample/text': '1.0.0' } }),
    'packages/letter/index.js': `'use strict';

var text = require('@sample/text');

exports.open = function (name) {
  var greeting = 'Dear ' + text.capitalise(name);
  return greeting + ',';
};
`,
    'packages/letter/test/letter.test.js': test('opens', `open('ada lovelace')`, `'Dear Ada Lovelace,'`),
  },
  include: ['packages/text/**'],
  tests: 2,
  changes: ['packages/text/index.js'],
}

/** One of them by itself: the other is in no registry. */
export const alone = 'packages/letter'

/** In the words of another package manager. */
export const foreign: Sample = {
  ...workspaces,
  files: {
    ...workspaces.files,
    'packages/letter/package.json': inner('letter', { dependencies: { '@sample/text': 'workspace:*' } }),
  },
}
