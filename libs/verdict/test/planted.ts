/** A small module, its test, a refactoring that changes what it does and passes the test, and one that does not. */
export interface Planted {
  readonly name: string
  readonly base: string
  /** Statements that use \`it\`, the module, and \`assert\`. */
  readonly test: string
  readonly harmful: string
  readonly correct: string
}

/** `module.exports = ` a function in three versions that differ in one place. */
const versions = (
  name: string,
  text: string,
  [before, harmful, correct]: readonly [string, string, string],
  test: string,
): Planted => {
  const fill = (part: string): string => `${text.replace('___', () => part).trim()}\n`
  return { name, base: fill(before), harmful: fill(harmful), correct: fill(correct), test }
}

export const planted: readonly Planted[] = [
  versions(
    'loose-equality',
    'module.exports = function position(list, id) {\n  for (var i = 0; i < list.length; i++) {\n    if (___) return i\n  }\n  return -1\n}',
    ['list[i].id == id', 'list[i].id === id', 'id == list[i].id'],
    'assert.equal(it([{ id: 1 }, { id: 2 }], 2), 1)',
  ),
  versions(
    'default-for-falsy',
    'module.exports = function greet(name) {\n  ___\n  return "hello " + name\n}',
    ['name = name || "you"', 'if (name === undefined) name = "you"', 'if (!name) name = "you"'],
    'assert.equal(it("ann"), "hello ann"); assert.equal(it(), "hello you")',
  ),
  versions(
    'default-for-null',
    'module.exports = function width(options) {\n  var given = options.width\n  return ___\n}',
    ['given == null ? 80 : given', 'given === undefined ? 80 : given', 'given ?? 80'],
    'assert.equal(it({}), 80); assert.equal(it({ width: 0 }), 0)',
  ),
  versions(
    'sort-stability',
    'module.exports = function ranked(list) {\n  return list.slice().sort(function (a, b) { ___ })\n}',
    ['return a.rank - b.rank', 'return a.rank <= b.rank ? -1 : 1', 'var by = a.rank - b.rank; return by'],
    'assert.deepEqual(it([{ rank: 2 }, { rank: 1 }]).map(function (e) { return e.rank }), [1, 2])',
  ),
  versions(
    'holes',
    'module.exports = function filled(list) {\n  var n = 0\n  ___\n  return n\n}',
    [
      'list.forEach(function () { n++ })',
      'for (var i = 0; i < list.length; i++) n++',
      'list.forEach(function () { n += 1 })',
    ],
    'assert.equal(it([1, 2, 3]), 3)',
  ),
  {
    name: 'arguments-aliasing',
    base: 'module.exports = function first(a) {\n  a = a || 7\n  return arguments[0]\n}\n',
    harmful: 'module.exports = function first(a) {\n  const given = a\n  a = a || 7\n  return given\n}\n',
    correct: 'module.exports = function first(a) {\n  if (!a) a = 7\n  return arguments[0]\n}\n',
    test: 'assert.equal(it(3), 3)',
  },
  {
    name: 'this-of-extracted',
    base: 'function Printer(prefix) { this.prefix = prefix }\nPrinter.prototype.line = function (text) { return this.prefix + text }\nmodule.exports = Printer\n',
    harmful:
      'function Printer(prefix) { this.prefix = prefix }\nfunction join(text) { return ((this && this.prefix) || "") + text }\nPrinter.prototype.line = function (text) { return join(text) }\nmodule.exports = Printer\n',
    correct:
      'function Printer(prefix) { this.prefix = prefix }\nfunction join(prefix, text) { return prefix + text }\nPrinter.prototype.line = function (text) { return join(this.prefix, text) }\nmodule.exports = Printer\n',
    test: 'assert.equal(new it("").line("a"), "a")',
  },
  versions(
    'order-of-getters',
    'module.exports = function area(box) {\n  ___\n  return w * h\n}',
    [
      'var w = box.width\n  var h = box.height',
      'var h = box.height\n  var w = box.width',
      'const { width: w, height: h } = box',
    ],
    'assert.equal(it({ width: 2, height: 3 }), 6)',
  ),
  {
    name: 'integer-keys',
    base: 'module.exports = function names(list) {\n  var out = []\n  list.forEach(function (name) { if (out.indexOf(name) < 0) out.push(name) })\n  return out\n}\n',
    harmful:
      'module.exports = function names(list) {\n  var seen = {}\n  list.forEach(function (name) { seen[name] = true })\n  return Object.keys(seen)\n}\n',
    correct:
      'module.exports = function names(list) {\n  var out = []\n  list.forEach(function (name) {\n    if (out.indexOf(name) >= 0) return\n    out.push(name)\n  })\n  return out\n}\n',
    test: 'assert.deepEqual(it(["b", "a", "b"]), ["b", "a"])',
  },
  versions(
    'minus-zero',
    'module.exports = function size(value) {\n  return ___\n}',
    ['value < 0 ? -value : value', 'Math.abs(value)', '0 > value ? -value : value'],
    'assert.equal(it(-3), 3); assert.equal(it(3), 3)',
  ),
  versions(
    'nan',
    'module.exports = function has(list, value) {\n  return ___\n}',
    ['list.indexOf(value) >= 0', 'list.includes(value)', 'list.indexOf(value) > -1'],
    'assert.equal(it([1, 2], 2), true); assert.equal(it([1, 2], 3), false)',
  ),
  {
    name: 'order-of-async',
    base: 'module.exports = async function inTurn(first, second) {\n  var a = await first()\n  var b = await second()\n  return [a, b]\n}\n',
    harmful: 'module.exports = async function inTurn(first, second) {\n  return Promise.all([first(), second()])\n}\n',
    correct:
      'module.exports = async function inTurn(first, second) {\n  const a = await first()\n  const b = await second()\n  return [a, b]\n}\n',
    test: 'return it(async function () { return 1 }, async function () { return 2 }).then(function (all) { assert.deepEqual(all, [1, 2]) })',
  },
  versions(
    'type-of-error',
    'module.exports = function half(n) {\n  if (typeof n !== "number") ___\n  return n / 2\n}',
    [
      'throw new TypeError("not a number")',
      'throw new RangeError("not a number")',
      '{ var error = new TypeError("not a number"); throw error }',
    ],
    'assert.equal(it(4), 2)',
  ),
  versions(
    'message-of-error',
    'module.exports = function pick(list, at) {\n  if (at >= list.length) throw new Error(___)\n  return list[at]\n}',
    ['"there is no " + String(at)', '"no " + String(at)', '`there is no ${String(at)}`'],
    'assert.equal(it(["a"], 0), "a")',
  ),
  {
    name: 'last-index',
    base: 'module.exports = function isTag(text) {\n  return /#\\w+/g.test(text)\n}\n',
    harmful: 'var tag = /#\\w+/g\nmodule.exports = function isTag(text) {\n  return tag.test(text)\n}\n',
    correct: 'var tag = /#\\w+/\nmodule.exports = function isTag(text) {\n  return tag.test(text)\n}\n',
    test: 'assert.equal(it("#a"), true); assert.equal(it("b"), false)',
  },
  versions(
    'changed-argument',
    'module.exports = function largest(list) {\n  return ___[0]\n}',
    [
      'list.slice().sort(function (a, b) { return b - a })',
      'list.sort(function (a, b) { return b - a })',
      'list.slice(0).sort(function (a, b) { return b - a })',
    ],
    'assert.equal(it([1, 3, 2]), 3)',
  ),
  versions(
    'nothing-to-add',
    'module.exports = function total(list) {\n  return ___\n}',
    [
      'list.reduce(function (a, b) { return a + b }, 0)',
      'list.reduce(function (a, b) { return a + b })',
      'list.reduce((a, b) => a + b, 0)',
    ],
    'assert.equal(it([1, 2]), 3)',
  ),
  versions(
    'surrogates',
    'module.exports = function letters(text) {\n  return ___\n}',
    ['String(text).split("")', 'Array.from(String(text))', 'Array.prototype.slice.call(String(text))'],
    'assert.deepEqual(it("abc"), ["a", "b", "c"])',
  ),
  versions(
    'reading-numbers',
    'module.exports = function port(text) {\n  return ___\n}',
    ['parseInt(text, 10)', 'Number(text)', 'Number.parseInt(text, 10)'],
    'assert.equal(it("8080"), 8080)',
  ),
  versions(
    'inherited-keys',
    'module.exports = function known(table, key) {\n  return ___\n}',
    ['Object.prototype.hasOwnProperty.call(table, key)', 'key in table', '({}).hasOwnProperty.call(table, key)'],
    'assert.equal(it({ a: 1 }, "a"), true); assert.equal(it({ a: 1 }, "b"), false)',
  ),
  versions(
    'falsy-values',
    'module.exports = function label(value) {\n  return ___\n}',
    [
      'value !== undefined ? "set: " + String(value) : "unset"',
      'value ? "set: " + String(value) : "unset"',
      'value === undefined ? "unset" : "set: " + String(value)',
    ],
    'assert.equal(it(5), "set: 5"); assert.equal(it(), "unset")',
  ),
  {
    name: 'words-of-the-language',
    base: 'module.exports = function count(words) {\n  var counts = Object.create(null)\n  words.forEach(function (word) { counts[word] = (counts[word] || 0) + 1 })\n  return counts.constructor === undefined ? "fine" : counts.constructor\n}\n',
    harmful:
      'module.exports = function count(words) {\n  var counts = {}\n  words.forEach(function (word) { counts[word] = (counts[word] || 0) + 1 })\n  return Object.keys(counts).indexOf("constructor") < 0 ? "fine" : counts.constructor\n}\n',
    correct:
      'module.exports = function count(words) {\n  const counts = Object.create(null)\n  words.forEach((word) => { counts[word] = (counts[word] || 0) + 1 })\n  return counts.constructor === undefined ? "fine" : counts.constructor\n}\n',
    test: 'assert.equal(it(["a", "b"]), "fine")',
  },
  versions(
    'sorting-numbers',
    'module.exports = function ordered(list) {\n  return list.slice().sort(___)\n}',
    ['function (a, b) { return a - b }', '', '(a, b) => a - b'],
    'assert.deepEqual(it([3, 1, 2]), [1, 2, 3])',
  ),
  versions(
    'cleaning-up',
    'module.exports = function lock(run) {\n  var state = { open: true }\n  ___\n  return state\n}',
    [
      'try { run(state) } catch (error) { state.failed = true } finally { state.open = false }',
      'try { run(state); state.open = false } catch (error) { state.failed = true }',
      'try { run(state) } catch { state.failed = true }\n  state.open = false',
    ],
    'assert.equal(it(function () {}).open, false)',
  ),
  versions(
    'array-likes',
    'module.exports = function toList(value) {\n  return ___\n}',
    ['Array.prototype.slice.call(value)', '[...value]', '[].slice.call(value)'],
    'assert.deepEqual(it(["a"]), ["a"])',
  ),
]
