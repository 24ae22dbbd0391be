import vm from 'node:vm'

/** Values that tell apart what only looks alike: falsy ones, texts, objects with getters, functions that log. */
const VALUES = `[undefined, null, 0, 1, NaN, '', 'x', '0x1f', true, false, [], ['x'], { a: 1, b: { c: 2 }, f(v) { log('f ' + (this === v)); return v } },
  { get a() { log('get a'); return 0 }, get b() { log('get b'); return { c: 'x' } } },
  function (v) { log('called ' + String(v)); return v; }, function () { log('throws'); throw new TypeError('no') }]`

const HOST = `
const lines = []; const log = (line) => { lines.push(line) };
const show = (value, depth = 0) => {
  if (typeof value === 'function') return 'function ' + value.name + '/' + value.length;
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : typeof value + ' ' + String(value);
  if (depth > 3) return '...';
  return (Array.isArray(value) ? 'array' : 'object') + Object.keys(value).map((key) => ' ' + key + ': ' + show(value[key], depth + 1)).join();
};
`

/**
 * What a CommonJS module that exports one function does for many pairs of arguments: results, classes of errors, and
 * what it calls and reads on the way. Two modules that behave alike give the same lines.
 */
export const outcomesOf = (code: string): string[] =>
  vm.runInNewContext(
    `${HOST}
const module = { exports: {} };
(function (exports, require, module) {${code}
})(module.exports, undefined, module);
const main = module.exports;
lines.push('length ' + main.length + ' name ' + main.name + ' caller ' + Object.hasOwn(main, 'caller'));
const count = ${VALUES}.length;
for (let i = 0; i < count; i++) for (let j = 0; j < count; j++) {
  try { log(show(main(${VALUES}[i], ${VALUES}[j]))) } catch (error) { log('throws ' + error.name) }
}
JSON.stringify([...lines, ...extra()]);
function extra() { const before = lines.length; for (const list of [[], [1], [1, 2, 3], [1, , 3]]) { try { log(show(main(...list))) } catch (error) { log('throws ' + error.name) } } return lines.slice(before) }`,
    {},
    { timeout: 5000 },
  ) as unknown as string[]
