import { describe, expect, it } from '@jest/globals'

import { refactor, textIn, treeOf } from '../../test/support/project.ts'
import { tryRecipe } from '../../test/support/try-recipe.ts'
import { moveFunction } from './move-function.ts'

const manifest = '{"name":"x","exports":"./index.js","engines":{"node":">=20"}}'
const index = `'use strict'
const { run } = require('./lib/run')
const { tidy } = require('./lib/text')

module.exports = { run, tidy }
`
const helper = `/** Counts the words. */
function count(text) {
  return text.split(' ').filter((word) => word !== '' && count('') === 1).length
}
`
const text = `'use strict'
const path = require('path')

const tidy = (text) => text.trim() + path.sep

${helper}
module.exports = { count, tidy }
`
const run = `'use strict'
const path = require('path')
const { count, tidy } = require('./text')

const limit = 9

// the one that is asked
function run(text) {
  return count(tidy(text)) < limit && path.sep
}

module.exports = { run }
`
const base = { 'package.json': manifest, 'index.js': index, 'lib/text.js': text, 'lib/run.js': run }

const moved = (files: Readonly<Record<string, string>> = {}) => {
  const { tree, patch } = refactor(treeOf({ ...base, ...files }), { goal: 'move' })
  return { patch, of: (path: string) => textIn(tree, path) }
}

describe('a function of a CommonJS file that one other file takes', () => {
  it('moves there with its comment, and is exported no more', () => {
    const { patch, of } = moved()
    expect(patch.edits.map(({ id }) => id)).toEqual(['move-function:lib/text.js:7'])
    expect(of('lib/text.js')).toBe(text.replace(`${helper}\n`, '').replace('count, ', ''))
    expect(of('lib/run.js')).toBe(run.replace('count, ', '').replace('// the one', `${helper}\n// the one`))
  })

  it('moves where it is called by way of its module, and set by a statement of its own', () => {
    const { of } = moved({
      'lib/text.js': `'use strict';
exports.tidy = function (text) {
  return text.trim();
};

// how many
exports.count = function (text) {
  return text.length;
};
`,
      'lib/run.js': `'use strict';
var text = require('./text'), util = require('util');

exports.run = function (line) {
  return util.inspect(text.count(text.tidy(line)));
};
`,
    })
    expect(of('lib/text.js')).toBe(`'use strict';
exports.tidy = function (text) {
  return text.trim();
};
`)
    expect(of('lib/run.js')).toBe(`'use strict';
var text = require('./text'), util = require('util');

// how many
function count(text) {
  return text.length;
}

exports.run = function (line) {
  return util.inspect(count(text.tidy(line)));
};
`)
  })

  it.each([
    ['does something when it is loaded', `${text}console.log('loaded')\n`, "require('./text')\n"],
    ['loads a module that may', text.replace('const path', "require('dep')\nconst path"), "require('./text')\n"],
    ['does nothing but declare', text, ''],
  ])('leaves behind a request without names where its module %s', (_, code, left) => {
    const alone = run.replace('count, tidy', 'count').replace('tidy(text)', 'text')
    const { of } = moved({ 'lib/text.js': code, 'lib/run.js': alone })
    expect(of('lib/run.js')).toContain(`'use strict'\nconst path = require('path')\n${left}\nconst limit`)
  })

  it('stands before all that may call it where it is a constant, with an end that the next line needs', () => {
    const { of } = moved({
      'lib/text.js': text.replace(helper, 'const count = (text) => text.length\n'),
      'lib/run.js': `'use strict'
const { count } = require('./text');
const dep = require('dep');

(function () {
  console.log(count(dep))
})()
exports.run = count
`,
    })
    expect(of('lib/run.js')).toBe(`'use strict'
const dep = require('dep');

const count = (text) => text.length;

(function () {
  console.log(count(dep))
})()
exports.run = count
`)
  })

  it('brings requests along that only it has, and leaves none behind that nobody uses', () => {
    const { of } = moved({
      'package.json': manifest,
      'index.js': "module.exports = [require('./lib/deep/run'), require('./lib/other')]\n",
      'lib/other.js': "const { tidy } = require('./text')\nmodule.exports = tidy\n",
      'lib/run.js': "exports.nothing = require('dep')\n",
      'lib/text.js': `const fs = require('fs')
const dep = require('dep')
const data = require('../package.json')
const { sep } = require('path')

exports.tidy = () => sep

exports.count = (text) => fs.existsSync(text) && dep(data)
`,
      'lib/deep/run.js': `const text = require('../text')

module.exports = (line) => text.count(line)
`,
    })
    expect(of('lib/text.js')).toBe(`require('dep')
require('../package.json')
const { sep } = require('path')

exports.tidy = () => sep
`)
    expect(of('lib/deep/run.js')).toBe(`require('../text')
const fs = require('fs')
const dep = require('dep')
const data = require('../../package.json')

const count = (text) => fs.existsSync(text) && dep(data)

module.exports = (line) => count(line)
`)
  })

  it('takes a member that both files take, where nothing runs in between', () => {
    const sharing = (code: string) => code.replace("path = require('path')", "{ sep } = require('path')")
    const code = sharing(text).replace('path.sep', 'sep').replace("count('') === 1", 'word !== sep')
    const files = {
      'index.js': "module.exports = require('./lib/run')\n",
      'lib/text.js': code,
      'lib/run.js': sharing(run).replace('path.sep', 'sep'),
    }
    const { of } = moved(files)
    expect(of('lib/text.js')).not.toContain('count')
    expect(moved({ ...files, 'lib/text.js': code.replace('const {', "require('dep')\nconst {") }).patch.edits).toEqual(
      [],
    )
    expect(of('lib/run.js')).toContain('word !== sep')
  })

  it('does not leave the files that may be edited', () => {
    const { patch } = refactor(treeOf(base), { goal: 'move', include: ['lib/text.js'] })
    expect(patch.edits).toEqual([])
  })
})

describe('traps of moving in CommonJS', () => {
  const tried = (code: string, files: Readonly<Record<string, string>> = {}) =>
    tryRecipe(moveFunction, code, { path: 'lib/text.js', files: { ...base, ...files } })
  const strict = "'use strict'\n"
  const with_ = (body: string, before = '', after = 'module.exports = { count, tidy }\n'): string =>
    `${strict}${before}const tidy = (text) => text\nconst kept = [tidy]\n\nfunction count(text) {\n  return ${body}\n}\n\n${after}`
  const plain = with_('text')
  const named = (body: string) => ({ 'lib/run.js': `${strict}const text = require('./text')\n${body}\n` })
  const caller = named('exports.run = () => text.count(text.tidy(1))')

  it.each<[what: string, code: string, files: Readonly<Record<string, string>>, reason: RegExp | undefined]>([
    ['reads a variable of its file', with_('limit2', 'const limit2 = 1\n'), {}, /stands in its file/],
    ['would read another variable of that name', with_('limit + text'), {}, /limit means something else/],
    [
      'would read another module by that name',
      with_('path.posix', "const path = require('path').posix\n"),
      {},
      /path means something else/,
    ],
    [
      'needs a name that the other file has as a global',
      with_('process', "const process = require('dep')\n"),
      { 'lib/run.js': run.replace('limit &&', 'process.pid &&') },
      /process means something else/,
    ],
    ['needs a variable that is written again', with_('dep', "let dep = require('dep')\ndep = 1\n"), {}, /stands in/],
    [
      'needs a function of the tree',
      with_('help(text)', "const { help } = require('./help')\n"),
      { 'lib/help.js': 'exports.help = 1\nexports.more = 2\n' },
      /may move, too/,
    ],
    [
      'needs a module of the tree',
      with_('help.f(text)', "const help = require('./help')\n"),
      {
        'lib/help.js': 'exports.f = 1\nexports.more = 2\n',
        'lib/run.js': run.replace('const limit', "const help = require('./help')\nconst limit"),
      },
      /may move, too/,
    ],
    [
      'needs a member that may be replaced before the other file asks',
      with_('sep', "const { sep } = require('path')\nrequire('dep')\n"),
      { 'index.js': "module.exports = require('./lib/run')\n" },
      /may hold another sep/,
    ],
    [
      'needs a member, in a file that others may have loaded before',
      with_('sep', "const { sep } = require('path')\n"),
      {},
      /may hold another sep/,
    ],
    ['looks at its module', with_('module.id'), {}, /more than its exports/],
    ['looks at its folder', with_('__dirname'), {}, /where it stands/],
    ['loads late', with_("require('dep')"), {}, /where it stands/],
    ['is asked for as a constructor', with_('new.target'), {}, /where it stands/],
    ['looks at this', with_('this.tidy(text)'), {}, /called by/],
    [
      'looks at the arguments of its file',
      plain.replace(/function count[^}]*}/, 'const count = () => arguments'),
      {},
      /arguments/,
    ],
    ['calls eval', with_('eval(text)'), {}, undefined],
    ['is less strict than the other file', plain.replace(strict, ''), {}, /as strict/],
    ['is stricter than the other file', plain, { 'lib/run.js': run.replace(strict, '') }, /as strict/],
    ['stands in a file with a directive', `'use client'\n${plain}`, {}, /directive/],
    ['is compiled', with_('<b>text</b>'), {}, /compiled/],
    ['is all that the file exports', plain.replace('count, tidy', 'count'), {}, /nothing else/],
    ['is exported under another name', plain.replace('{ count,', '{ count: tidy, tidy2: count,'), {}, undefined],
    [
      'has another name there',
      plain,
      { 'lib/run.js': run.replace('count,', 'count: count2,').replace('return count', 'return count2') },
      /another name/,
    ],
    ['has two names there', plain, { 'lib/run.js': run.replace('count,', 'count, count: count2,') }, /another name/],
    [
      'is written there',
      plain,
      { 'lib/run.js': `${strict}let { count } = require('./text')\ncount = 1\n` },
      /written again/,
    ],
    ['is replaced from outside', plain, named('text.count = () => 1\nexports.run = () => text.count(1)'), /as a whole/],
    ['is replaced in a pattern', plain, named('[text.count] = [1]\nexports.run = () => text.count(1)'), /as a whole/],
    ['is removed', plain, named('delete text.count'), /as a whole/],
    ['may be found in a loop', plain, named('for (const name in text) text.count(name)'), /as a whole/],
    ['is read by a computed name', plain, named('exports.run = (name) => text.count(text[name])'), /as a whole/],
    ['is spread', plain, named('exports.run = { ...text, count: text.count }'), /as a whole/],
    ['is passed on', plain, { 'a.js': "module.exports = require('./lib/text')\n" }, /as a whole/],
    [
      'is asked for late',
      plain,
      { 'lib/run.js': `${strict}exports.run = () => require('./text').count(1)\n` },
      /at its top/,
    ],
    [
      'is asked for under a condition',
      plain,
      { 'lib/run.js': `${strict}if (process.pid) {\n  const { count } = require('./text')\n  count()\n}\n` },
      /at its top/,
    ],
    ['is asked for twice there', plain, { 'lib/run.js': `${run}require('./text')\n` }, /more than once/],
    [
      'is seen by a method beside it',
      with_('text', '', 'module.exports = { count, tidy, all() { return this.count } }\n'),
      named('exports.run = () => text.all(text.count(1))'),
      /look at the others/,
    ],
    [
      'is seen by a function beside it',
      with_('text', 'function all() {\n  return this.count\n}\n', 'module.exports = { count, tidy, all }\n'),
      named('exports.run = () => text.all(text.count(1))'),
      /look at the others/,
    ],
    [
      'is seen by a function from elsewhere',
      with_('text', "const { all } = require('./all')\n", 'module.exports = { count, tidy, all }\n'),
      {
        ...named('exports.run = () => text.all(text.count(1))'),
        'lib/all.js': 'exports.all = function () { return this.count }\n',
      },
      /look at the others/,
    ],
    [
      'is seen by a getter',
      with_('text', '', 'module.exports = { count, tidy, get all() { return this.count } }\n'),
      {},
      /look at its exports/,
    ],
    [
      'is seen by its file',
      with_('text', '', 'module.exports = { count, tidy }\nkeep(this)\n'),
      {},
      /this or arguments/,
    ],
    [
      'is used by way of the exports',
      with_('text', '', 'exports.count = count\nexports.more = () => exports.count\n'),
      {},
      /in another way/,
    ],
    ['is exported once more', `${plain}module.exports.count = tidy\n`, {}, /used again/],
    ['is used at home', `${plain}console.log(count(''))\n`, {}, undefined],
    ['is used by two', plain, { 'a.js': "const { count } = require('./lib/text')\ncount('')\n" }, undefined],
    ['is tested', plain, { 'test/a.js': "const { count } = require('../lib/text')\ncount('')\n" }, undefined],
    ['is mocked', plain, { 'test/a.js': "jest.mock('../lib/text')\nrequire('dep')\n" }, /another way/],
    ['is imported', plain, { 'test/a.mjs': "import text from '../lib/text.js'\ntext()\n" }, /no CommonJS/],
    ['is replaced by a loader', plain, { 'test/a.js': "require('proxyquire')('../lib/run', {})\n" }, /proxyquire/],
    ['is named by its folder and name', plain, { 'test/a.js': "load('lib', 'text.js')\n" }, /may mean/],
    [
      'may be asked for by a computed name',
      plain,
      { 'a.js': 'module.exports = (name) => require(name)\n' },
      /computed/,
    ],
    [
      'may be asked for by another require',
      plain,
      { 'a.js': "const load = require\nload('./lib/' + name)\n" },
      /hands require on/,
    ],
    ['may be asked for by a module', plain, { 'a.js': "module.require('./lib/' + name)\n" }, /hands require on/],
    [
      'is asked for by a program',
      plain,
      { 'bin/x': "#!/usr/bin/env node\nrequire('../lib/text').count('')\n" },
      /bin\/x/,
    ],
    [
      'is replaced in browsers',
      plain,
      { 'package.json': manifest.replace('{', '{"browser":{"./lib/text.js":"./a.js"},') },
      /settings/,
    ],
    ['is described', plain, { 'lib/text.d.ts': 'export function count(text: string): number\n' }, /declaration/],
    [
      'is named by a comment',
      plain,
      { 'a.js': "/** @type {import('./lib/text').count} */\nexports.a = 1\n" },
      /describe it/,
    ],
    ['can be asked for by users', plain, { 'package.json': '{"name":"x"}' }, undefined],
    [
      'would hide another name there',
      plain,
      named('exports.run = (count) => text.count(count)'),
      /count means something else/,
    ],
    [
      'would meet the name of a function expression',
      plain,
      named('exports.run = function count(x) { return text.count(x) }'),
      /count means something else/,
    ],
    ['would hide a global there', plain, named('exports.run = () => text.count(count)'), /count means something else/],
    [
      'has no name today, and would get one that shows',
      `${strict}exports.tidy = 1\nexports.count = (text) => text\n`,
      named('exports.run = [1].map(text.count)'),
      /would get one/,
    ],
    [
      'could be reached before its request',
      plain,
      {
        'lib/run.js': `${strict}const dep = require('dep')(go)\nconst { count } = require('./text')\nfunction go() {\n  return count(dep)\n}\nexports.go = go\n`,
      },
      /before its request/,
    ],
    [
      'could be reached before what it needs',
      with_('dep(text)', "const dep = require('dep')\n"),
      { 'lib/run.js': `${strict}const { count } = require('./text')\ncount(1)\nconst dep = require('dep')\ndep()\n` },
      /before its request/,
    ],
    [
      'is read before its request, by what runs nothing',
      plain,
      {
        'lib/run.js': `${strict}var early = count\nvar { count } = require('./text')\nexports.run = () => count(early)\n`,
      },
      /before its request/,
    ],
    [
      'could meet another function of its name that moves, too',
      plain,
      {
        ...named("const other = require('./other')\nexports.run = () => text.count(other.count(1))"),
        'lib/other.js': `${strict}exports.count = (x) => x\nexports.more = 1\n`,
      },
      /count means something else/,
    ],
    [
      'brings a request along that another could bring, too',
      with_('os(text)', "const os = require('os')\n"),
      { 'lib/run.js': `${run}const other = require('./other')\nother.f()\n`, 'lib/other.js': 'exports.f = () => 1\n' },
      /several places/,
    ],
    [
      'brings a request along under the name of a global',
      with_('fetch(text)', "const fetch = require('dep')\n"),
      {
        'lib/run.js': run.replace('\nconst limit', "const other = require('./other')\n\nconst limit"),
        'lib/other.js': 'exports.f = () => fetch()\n',
      },
      /fetch means something else/,
    ],
    [
      'uses a global whose name may come along',
      with_('fetch(text)'),
      {
        'lib/run.js': run.replace('\nconst limit', "const other = require('./other')\nother.fetch()\nconst limit"),
        'lib/other.js': 'exports.fetch = () => 1\n',
      },
      /fetch means something else/,
    ],
    [
      'is asked for beside code that runs',
      plain,
      { 'lib/run.js': `${strict}const { count } = require('./text'), one = count(1)\nexports.one = one\n` },
      /beside code that runs/,
    ],
    [
      'holds statements apart with its request',
      `${strict}const tidy = 1\nconst a = tidy\nconst os = require('os');\nconst count = () => os;\n[].push(a)\nmodule.exports = { count, tidy }\n`,
      {},
      /run on/,
    ],
    [
      'is called like a word',
      plain.replaceAll('count', 'yield').replaceAll(strict, ''),
      { 'lib/run.js': run.replaceAll('count', 'yield').replaceAll(strict, '') },
      /meaning of its own/,
    ],
    [
      'knows its caller',
      plain.replaceAll(strict, '').replace('return text', 'return arguments.callee'),
      { 'lib/run.js': run.replace(strict, '') },
      /called by/,
    ],
    [
      'may be asked for by a program that computes',
      plain,
      { 'bin/x': '#!/usr/bin/env node\nrequire(root + name)\n' },
      /computed/,
    ],
    ['is in a circle', with_('text', "require('./run')\n"), {}, /load each other/],
    [
      'goes to a file in a circle',
      plain,
      { 'lib/run.js': run.replace('const limit', "require('./b')\nconst limit"), 'lib/b.js': "require('./run')\n" },
      /load each other/,
    ],
    ['is a variable', plain.replace(/function count[^}]*}/, 'let count = () => 1\ncount = 2'), {}, undefined],
    ['has properties', `${plain}count.cache = {}\n`, {}, undefined],
    ['has a comment beside its export', plain.replace('count, tidy', 'count, // the count\n tidy'), {}, /comment/],
    [
      'holds two statements apart',
      with_('text')
        .replace('const kept = [tidy]\n\n', 'const kept = [tidy]\n')
        .replace('}\n\nmodule', '}\n(0, tidy)()\nmodule'),
      {},
      /run on into the next/,
    ],
    ['shares its line', plain.replace('function count', 'tidy(); function count'), {}, /shares its lines/],
    [
      'is only named there',
      plain,
      { 'lib/run.js': `${strict}const { count } = require('./text')\n` },
      /nobody uses it/,
    ],
    ['goes to a script', plain, { ...caller, 'lib/run.js': `${caller['lib/run.js']}typeof module\n` }, /no CommonJS/],
  ])('leaves alone what %s', (_, code, files, reason) => {
    const { edits, reasons } = tried(code, files)
    expect(reasons.join('\n')).toMatch(reason ?? /^$/)
    expect(edits).toBe(0)
  })

  it('moves what none of these is', () => {
    expect(tried(plain).edits).toBe(1)
    expect(tried(plain, caller).edits).toBe(1)
  })
})
