import vm from 'node:vm'

/** Promises and what is none: kept, broken, late, nested, and what only looks like one. */
const VALUES = `[undefined, 0, 'x', { a: 1, b: { c: 2 } }, [1, 2],
  Promise.resolve(1), Promise.resolve({ a: Promise.resolve('x') }), Promise.reject(new TypeError('no')), Promise.reject('why'),
  { then(done) { log('then'); done('late'); } }, { then(_, fail) { log('fails'); fail(new RangeError('out')); } },
  function (v) { log('called ' + String(v)); return v; }, function () { log('throws'); throw new TypeError('no') },
  async function (v) { log('waits'); await v; return { a: v }; }]`

const HOST = `
const lines = []; const log = (line) => { lines.push(line) };
const show = (value, depth = 0) => {
  if (typeof value === 'function') return 'function ' + value.name + '/' + value.length;
  if (typeof value !== 'object' || value === null) return typeof value + ' ' + String(value);
  if (depth > 3) return '...';
  return (Array.isArray(value) ? 'array' : 'object') + Object.keys(value).map((key) => ' ' + key + ': ' + show(value[key], depth + 1)).join();
};
// the engine words its errors by the code that raised them
const problem = (error) => error instanceof Error ? error.name : show(error);
`

/**
 * What a CommonJS module that exports one function comes to for many pairs of arguments, one call after the other: what
 * its promises give, how they are broken, what it throws at once, and what it calls on the way.
 */
export const settledOutcomesOf = async (code: string): Promise<readonly string[]> =>
  JSON.parse(
    (await vm.runInNewContext(
      `${HOST}
const module = { exports: {} };
(function (exports, require, module) {${code}
})(module.exports, undefined, module);
(async () => {
  // what the program does not take of the broken samples is nobody's error: it must not end the process
  const values = () => ${VALUES}.map((each) => { if (each instanceof Promise) each.catch(() => 'a sample'); return each; });
  const count = values().length;
  for (let i = 0; i < count; i++) for (let j = 0; j < count; j++) {
    let given;
    try { given = module.exports(values()[i], values()[j]) } catch (error) { log('throws ' + problem(error)); continue }
    log(given instanceof Promise ? 'a promise' : show(given));
    await Promise.resolve(given).then((value) => log('gives ' + show(value)), (error) => log('breaks ' + problem(error)));
  }
  return JSON.stringify(lines);
})()`,
      {},
    )) as string,
  ) as readonly string[]
