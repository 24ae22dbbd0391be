import { manifest, type Sample } from './sample.ts'

const basket = `'use strict';

var SEPARATOR = ', ';

function total(items) {
  var sum = 0;
  for (var i = 0; i < items.length; i++) {
    sum += items[i].price * items[i].count;
  }
  return sum;
}

function label(item) {
  var text = item.name + ' x' + item.count;
  return text;
}

function list(items) {
  var labels = items.map(function (item) {
    return label(item);
  });
  return labels.join(SEPARATOR);
}

module.exports = { total: total, label: label, list: list };
`

const pens = `[{ name: 'pen', price: 2, count: 3 }, { name: 'ink', price: 5, count: 1 }]`

/** The same three tests, in the words of a runner. */
const basketTest = (
  open: readonly string[],
  equal: (actual: string, expected: string) => string,
): string => `${open.join('\n')}

test('adds up', () => {
  ${equal(`basket.total(${pens})`, '11')};
  ${equal('basket.total([])', '0')};
});

test('labels an item', () => {
  ${equal(`basket.label(${pens}[0])`, `'pen x3'`)};
});

test('lists items', () => {
  ${equal(`basket.list(${pens})`, `'pen x3, ink x1'`)};
});
`

const expecting = (actual: string, expected: string): string => `expect(${actual}).toBe(${expected})`
const asserting = (actual: string, expected: string): string => `assert.strictEqual(${actual}, ${expected})`

export const nodeTest: Sample = {
  files: {
    'package.json': manifest({ main: 'index.js', scripts: { test: 'node --test' } }),
    'index.js': basket,
    'test/basket.test.js': basketTest(
      [
        `const assert = require('node:assert');`,
        `const { test } = require('node:test');`,
        `const basket = require('..');`,
      ],
      asserting,
    ),
  },
  tests: 3,
  changes: ['index.js'],
}

export const jest: Sample = {
  files: {
    'package.json': manifest({
      main: 'index.js',
      scripts: { test: 'jest --coverage' },
      devDependencies: { jest: '30.5.2' },
    }),
    'index.js': basket,
    'basket.test.js': basketTest([`const basket = require('./index');`], expecting),
  },
  tests: 3,
  changes: ['index.js'],
}

export const mocha: Sample = {
  files: {
    'package.json': manifest({
      main: 'index.js',
      scripts: { test: 'mocha --ui tdd "spec/**/*.spec.js"' },
      devDependencies: { mocha: '11.7.5' },
    }),
    'index.js': basket,
    'spec/basket.spec.js': basketTest(
      [`const assert = require('node:assert');`, `const basket = require('..');`],
      asserting,
    ),
  },
  tests: 3,
  changes: ['index.js'],
}

const words = `const vowels = ['a', 'e', 'i', 'o', 'u'];

export function count(text) {
  var found = 0;
  var letters = text.split('');
  for (var i = 0; i < letters.length; i++) {
    if (vowels.indexOf(letters[i].toLowerCase()) !== -1) found++;
  }
  return found;
}

export function shout(text, mark) {
  var end = mark || '!';
  return text.toUpperCase() + end;
}

export default class Counter {
  constructor(start) {
    this.words = [];
    this.start = start;
  }

  add(word) {
    var size = this.words.push(word);
    return this.start + size;
  }
}
`

const wordsTest = (
  open: readonly string[],
  equal: (actual: string, expected: string) => string,
): string => `${open.join('\n')}
import Counter, { count, shout } from '../src/words.js';

test('counts vowels', () => {
  ${equal(`count('Ada Lovelace')`, '6')};
  ${equal(`count('')`, '0')};
});

test('shouts', () => {
  ${equal(`shout('hello')`, `'HELLO!'`)};
  ${equal(`shout('hello', '?')`, `'HELLO?'`)};
});

test('counts on', () => {
  const counter = new Counter(3);
  ${equal(`counter.add('a')`, '4')};
  ${equal(`counter.add('b')`, '5')};
});
`

export const esm: Sample = {
  files: {
    'package.json': manifest({
      type: 'module',
      exports: './src/words.js',
      scripts: { test: 'node --test test/*.test.js' },
    }),
    'src/words.js': words,
    'test/words.test.js': wordsTest(
      [`import assert from 'node:assert';`, `import { test } from 'node:test';`],
      asserting,
    ),
  },
  tests: 3,
  changes: ['src/words.js'],
}

export const vitest: Sample = {
  files: {
    'package.json': manifest({
      type: 'module',
      exports: './src/words.js',
      scripts: { test: 'vitest' },
      devDependencies: { vitest: '3.2.4' },
    }),
    'src/words.js': words,
    'test/words.test.js': wordsTest([`import { expect, test } from 'vitest';`], expecting),
  },
  tests: 3,
  changes: ['src/words.js'],
}

/** No test anywhere. */
export const untested: Sample = {
  files: { 'package.json': manifest({ main: 'index.js' }), 'index.js': basket },
  tests: 0,
  changes: ['index.js'],
}
