import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** Files of a small project by path. */
export type Files = Readonly<Record<string, string | Uint8Array>>

const manifest = (extra: object = {}): string =>
  `${JSON.stringify({ name: 'sample', version: '1.0.0', main: 'index.js', scripts: { test: 'node --test' }, ...extra }, null, 2)}\n`

/** Old-fashioned on purpose: every `var` and concatenation is a place for a recipe. */
const index = `'use strict';

var SEPARATOR = ', ';

function greet(name, greeting) {
  var words = greeting || 'Hello';
  return words + SEPARATOR + name + '!';
}

function total(items) {
  var sum = 0;
  for (var i = 0; i < items.length; i++) {
    sum += items[i].price * items[i].count;
  }
  return sum;
}

function contains(list, value) {
  return list.indexOf(value) !== -1;
}

function label(item) {
  var text = item.name + ' (' + item.count + ')';
  var padded = text;
  while (padded.length < 20) {
    padded = padded + ' ';
  }
  return padded;
}

function describeAll(items) {
  var labels = items.map(function (item) {
    return label(item);
  });
  return labels.join('\\n');
}

module.exports = { greet: greet, total: total, contains: contains, label: label, describeAll: describeAll };
`

const test = `'use strict';

const assert = require('node:assert');
const { test } = require('node:test');
const sample = require('..');

test('greets', () => {
  assert.strictEqual(sample.greet('Ada'), 'Hello, Ada!');
  assert.strictEqual(sample.greet('Ada', 'Good day'), 'Good day, Ada!');
});

test('adds up', () => {
  assert.strictEqual(sample.total([{ price: 2, count: 3 }, { price: 5, count: 1 }]), 11);
  assert.strictEqual(sample.total([]), 0);
});

test('finds', () => {
  assert.strictEqual(sample.contains(['a', 'b'], 'b'), true);
  assert.strictEqual(sample.contains(['a', 'b'], 'c'), false);
});

test('describes', () => {
  assert.strictEqual(sample.describeAll([{ name: 'pen', count: 2 }]), 'pen (2)             ');
});
`

/** A healthy project: its tests are green and there is something to modernise. */
export const healthy: Files = { 'package.json': manifest(), 'index.js': index, 'test/sample.test.js': test }

export const withTest = (name: string, code: string): Files => ({
  ...healthy,
  [`test/${name}.test.js`]: `'use strict';\nconst assert = require('node:assert');\nconst { test } = require('node:test');\n${code}`,
})

/** A healthy project with so many more files, each with something to modernise. */
export const manyOldFiles = (count: number): Files => ({
  ...healthy,
  ...Object.fromEntries(
    Array.from({ length: count }, (_, n) => [
      `lib/old-${n}.js`,
      `'use strict';\n\nvar value = ${n};\n\nexports.value = value;\n`,
    ]),
  ),
})

/** Writes a project into a new folder. @returns its path */
export const writeProject = async (files: Files): Promise<string> => {
  const dir = await mkdtemp(path.join(tmpdir(), 'iama-project-'))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(dir, name)), { recursive: true })
    await writeFile(path.join(dir, name), content)
  }
  return dir
}

const queue = `'use strict'

function Queue(limit) {
  this.limit = limit
  this.items = []
}

Queue.prototype.add = function (item) {
  if (this.items.length >= this.limit) throw new RangeError('full')
  this.items.push(item)
  return this.items.length
}

Queue.prototype.take = function () {
  return this.items.shift()
}

function Journal(lines) {
  this.lines = lines
}

Journal.prototype.write = function (line) {
  this.lines.push(line)
}

async function settle(items, limit) {
  return Promise.all(items).then((values) => {
    const queue = new Queue(limit)
    for (const value of values) queue.add(value)
    return queue.take()
  })
}

function remember(lines, line) {
  new Journal(lines).write(line)
  return lines
}

module.exports = { settle, remember }
`

const queueTest = `'use strict'

const assert = require('node:assert')
const { test } = require('node:test')
const { settle } = require('..')

test('the first that was asked for comes first', async () => {
  assert.strictEqual(await settle(['a', 'b'], 2), 'a')
  await assert.rejects(settle([1, 2, 3], 2), RangeError)
})
`

/** What no proof covers: constructors and a chain of promises, and of the constructors tests reach one alone. */
export const unproven: Files = { 'package.json': manifest(), 'index.js': queue, 'test/queue.test.js': queueTest }
