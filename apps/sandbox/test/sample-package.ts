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

const manifest = { name: 'becoming', version: '1.0.0', private: true, main: 'index.js' }
const scripts = { test: 'node test/run.js' }
const pretty = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`

const before: Record<string, string> = {
  'package.json': pretty({ ...manifest, scripts }),
  'index.js': "'use strict'\nconst { most } = require('./most')\nmodule.exports = { clamp: (n) => most(n, 9) }\n",
  'most.js': "'use strict'\nexports.most = (n, limit) => (n > limit ? limit : n)\n",
  'test/run.js': `console.log('TAP version 13')
const { clamp } = require('..')
console.log(clamp(12) === 9 && clamp(3) === 3 ? 'ok 1 clamps' : 'not ok 1 clamps')
console.log('1..1')
`,
}

const after: Record<string, string> = {
  'package.json': pretty({ ...manifest, type: 'module', scripts }),
  'index.js': `import { most } from './most.js'
const api = { clamp: (n) => most(n, 9) }
export { api as default, api as 'module.exports' }
`,
  'most.js': 'export const most = (n, limit) => (n > limit ? limit : n)\n',
  'test/package.json': pretty({ type: 'commonjs' }),
}

const operations = Object.entries(after).map(([path, text]): Edit['operations'][number] => {
  const old = before[path]
  if (old === undefined) return { type: 'create_file', path, text }
  return { type: 'write_file', path, base: sha256(Buffer.from(old)), text }
})

/** A private package of CommonJS, and the patch that makes ES modules of it. */
export const becoming = {
  files: before,
  scope: Object.keys(after),
  patch: patchOf({ ...replace('modules', '', ''), operations }),
}
