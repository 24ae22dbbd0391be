import { describe, expect, it } from '@jest/globals'

import { refactor, textIn, treeOf } from '../../test/support/project.ts'
import { outcomesOf } from '../../test/support/outcomes.ts'
import { inFunction, tryRecipe } from '../../test/support/try-recipe.ts'
import { namingConventions } from './naming-conventions.ts'

const letters = [...'abcdefghijklmnopqrstuvwxyz', ...'abcdefghijklmnopqrstuvwxyz'.toUpperCase()].slice(0, 40)
const words = letters.map((each) => (each === each.toLowerCase() ? each : `${each.toLowerCase()}x`))
const camel = `var ${words.map((each) => `${each}Name = 1`).join(', ')};\n`
const snake = `var ${words.map((each) => `${each}_name = 1`).join(', ')};\n`
/** Just as many as make a convention. */
const few = (count: number): string =>
  `var ${words
    .slice(0, count)
    .map((each) => `${each}Name = 1`)
    .join(', ')};\n`

const tried = (before: string, body: string, path?: string) => {
  const code = path ? `${before}${body}` : inFunction(`${before}${body}`)
  const { text, reasons } = tryRecipe(namingConventions, code, path ? { path } : {})
  if (!path) expect(outcomesOf(text)).toEqual(outcomesOf(code))
  return { reasons, text: path ? text.slice(before.length) : text.slice(inFunction(before).length - 4, -4).trim() }
}

describe('names of a file that has a convention', () => {
  it.each([
    [camel, 'var user_name = p; return user_name + aName;', 'var userName = p; return userName + aName;'],
    [snake, 'var userName = p; return userName + a_name;', 'var user_name = p; return user_name + a_name;'],
    [snake, 'var base64Text = p; return base64Text;', 'var base64_text = p; return base64_text;'],
    [
      camel,
      'return [1].map(function (one_item, more = one_item) { return { key: one_item, one_item: more.one_item }; });',
      'return [1].map(function (oneItem, more = oneItem) { return { key: oneItem, one_item: more.one_item }; });',
    ],
    [
      camel,
      'var first_one = [1].map(function (each_item) { return each_item; }), next_one = first_one; return next_one;',
      'var firstOne = [1].map(function (eachItem) { return eachItem; }), nextOne = firstOne; return nextOne;',
    ],
    [
      camel,
      'function add_one(the_value) { return the_value ? add_one(the_value - 1) : q; } return add_one(2);',
      'function addOne(theValue) { return theValue ? addOne(theValue - 1) : q; } return addOne(2);',
    ],
    [
      camel,
      '[1].forEach(function (each_item) { log(each_item); }); [2].forEach(function (each_item) { log(each_item); });',
      '[1].forEach(function (eachItem) { log(eachItem); }); [2].forEach(function (eachItem) { log(eachItem); });',
    ],
    [
      camel,
      'try { p(); } catch (the_error) { log(the_error.name); }',
      'try { p(); } catch (theError) { log(theError.name); }',
    ],
    [camel, 'const { size: the_size } = [p]; return the_size;', 'const { size: theSize } = [p]; return theSize;'],
    [
      camel,
      '/** @param {number} one_item of them */\nfunction load(one_item) { return one_item; }\nreturn load(1);',
      '/** @param {number} oneItem of them */\nfunction load(oneItem) { return oneItem; }\nreturn load(1);',
    ],
  ])('are written as the others are: %#', (before, body, after) => {
    const { text } = tried(before, body)
    expect(text).toBe(after)
    expect(tried(before, text).text).toBe(after)
  })

  it.each([
    [
      camel,
      'var USER_NAME = p, _user_name = q, user_name_ = p; return [USER_NAME, _user_name, user_name_];',
      undefined,
    ],
    [camel, 'var n = p, word = q; return [n, word];', undefined],
    [snake, 'class UserName {} return typeof UserName;', undefined],
    [camel, 'var point_2d = p; return point_2d;', /told apart/],
    [snake, 'var parseURLNow = p; return parseURLNow;', /told apart/],
    [camel, 'var user_name = p; return { user_name };', /property/],
    [camel, 'const { user_name } = { user_name: p }; return user_name;', /property/],
    [camel, 'var user_name = p, userName = q; return [user_name, userName];', /already declared/],
    [camel, 'var user_name = p; return typeof userName + user_name;', /shadow/],
    [camel, 'var user_name = p; return [1].map(function (userName) { return [userName, user_name]; });', /captured/],
    [
      camel,
      'var userName = p; return [1].map(function (user_name) { return user_name; }).concat(userName);',
      /can be seen/,
    ],
    [camel, 'var add_one = function () {}; return add_one.name;', /its name/],
    [camel, 'const add_one = () => 1; return [add_one][0].name;', /its name/],
    [camel, 'function add_one() {} return add_one.name;', /its name/],
    [camel, 'function add_one() { return arguments.callee.name; } return add_one();', /its name/],
    [camel, 'if (q) { function add_one() { return 1; } log(add_one()); } return typeof add_one;', /sloppy|other uses/],
    [camel, 'var user_name = p; return eval("user_name") + user_name;', /eval/],
    [camel, 'var user_name = p; with ({}) { return user_name; }', /with/],
    [camel, 'try { p(); } catch (the_error) { var the_error = 1; log(the_error); }', /catch/],
    ['', 'var user_name = p, userAge = q; return user_name + userAge;', undefined],
    [few(8), 'var user_name = p; return user_name;', undefined],
    [few(10), 'var user_name = p, user_age = q; return user_name + user_age;', undefined],
    [camel, 'user_name: for (;;) { break user_name; }', undefined],
  ])('stay where they must: %#', (before, body, reason) => {
    const { text, reasons } = tried(before, body)
    expect(text).toBe(body)
    if (reason) expect(reasons.join('\n')).toMatch(reason)
  })

  it('changes only one of two that would be called the same, and nothing when it runs again', () => {
    const body = 'var user_name = p; return [1].map(function (user_name) { return user_name; }).concat(user_name);'
    const after = 'var userName = p; return [1].map(function (user_name) { return user_name; }).concat(userName);'
    const { text, reasons } = tried(camel, body)
    expect(text).toBe(after)
    expect(reasons.join('\n')).toMatch(/another variable becomes userName/)
    expect(tried(camel, after).text).toBe(after)
  })
})

describe('names of a module', () => {
  it.each([
    ['a variable of it', 'const user_name = 1\nuse(user_name)\n', 'const userName = 1\nuse(userName)\n'],
    ['an export', 'export const user_name = 1\n', undefined],
    ['an export list', 'const user_name = 1\nexport { user_name }\n', undefined],
    ['a private function', 'async function add_one() {}\nadd_one()\n', 'async function addOne() {}\naddOne()\n'],
    ['an import', "import { user_name } from './a.mjs'\nuse(user_name)\n", undefined],
  ])('%s', (_, code, after) => expect(tried(camel, code, 'index.mjs').text).toBe(after ?? code))

  it('stay in a script, which others share', () => {
    const code = 'var user_name = 1;\nuse(user_name);\n'
    expect(tried(camel, code, 'index.js').text).toBe(code)
  })

  it.each([
    [
      'what a function keeps to itself',
      'export function run(): void {\n  const user_name = 1\n  void user_name\n}\n',
      'export function run(): void {\n  const userName = 1\n  void userName\n}\n',
    ],
    ['what declarations may hold', 'const user_name = 1\nexport type A = typeof user_name\n', undefined],
    [
      'what is made elsewhere',
      'export function run(): void {\n  declare const user_name: string\n  void user_name\n}\n',
      undefined,
    ],
    ['parameters of exports', 'export function run(user_name: string): void {\n  void user_name\n}\n', undefined],
    ['properties of classes', 'export class A {\n  constructor(private user_name: string) {}\n}\n', undefined],
    ['members of namespaces', 'export namespace a {\n  const user_name = 1\n  void user_name\n}\n', undefined],
  ])('in TypeScript: %s', (_, code, after) => expect(tried(camel, code, 'index.ts').text).toBe(after ?? code))
})

describe('the goal structure', () => {
  it('offers names on their own, away from what else moves names', () => {
    const code = inFunction(`${camel}var user_name = p; return user_name;`)
    const files = { 'package.json': '{"name":"x"}', 'index.js': code }
    const { tree, proposals, patch } = refactor(treeOf(files), { goal: 'structure' }, 'names')
    expect(proposals[0]!.id).toBe('names')
    expect(new Set(patch.edits.map(({ recipe }) => recipe))).toEqual(new Set(['naming-conventions']))
    expect(textIn(tree, 'index.js')).toContain('var userName = p; return userName;')
    const modern = refactor(treeOf(files), { goal: 'modernize' })
    expect(modern.proposals.map(({ id }) => id)).not.toContain('names')
  })
})
