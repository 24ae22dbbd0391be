import { sha256, type Edit, type Patch } from '@iama/patch'
import type { Files } from './sandbox-service.ts'

/** A small package of the old school, with tests that print TAP. */
export const source = `'use strict';

var limits = { least: 1 };

exports.repeat = function repeat(text, times) {
  var out = '';
  for (var i = 0; i < times; i++) {
    out = out + text;
  }
  return out;
};

exports.clamp = function clamp(value, most) {
  if (value > most) { return most; }
  return value < limits.least ? limits.least : value;
};
`

const test = `'use strict';
var assert = require('assert');
var lib = require('./');
var n = 0;
function ok(name, run) {
  n++;
  try { run(); console.log('ok ' + n + ' ' + name); }
  catch (error) { process.exitCode = 1; console.log('not ok ' + n + ' ' + name + '\\n  ---\\n  message: ' + JSON.stringify(error.message) + '\\n  ...'); }
}
console.log('TAP version 13');
ok('repeats', function () { assert.equal(lib.repeat('ab', 3), 'ababab'); });
ok('repeats nothing', function () { assert.equal(lib.repeat('ab', 0), ''); });
ok('clamps', function () { assert.equal(lib.clamp(9, 5), 5); assert.equal(lib.clamp(-1, 5), 1); });
console.log('1..' + n);
`

export const files: Files = {
  'package.json': JSON.stringify({
    name: 'sample',
    version: '1.0.0',
    main: 'index.js',
    scripts: { test: 'node test.js' },
  }),
  'index.js': source,
  'test.js': test,
}

const replace = (id: string, anchor: string, text: string): Edit => ({
  id,
  recipe: 'sample',
  title: id,
  reason: 'a test',
  operations: [{ type: 'replace', path: 'index.js', base: sha256(Buffer.from(source)), anchor, text }],
  dependsOn: [],
  evidence: { kind: 'unproven' },
})

/** Changes nothing that anyone could see. */
export const harmless = replace('harmless', 'out = out + text;', 'out += text;')
/** Changes what `repeat` gives. */
export const harmful = replace('harmful', 'i < times', 'i <= times')

export const patchOf = (...edits: Edit[]): Patch => ({ version: 1, edits })
