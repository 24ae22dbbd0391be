import { describe, expect, it } from '@jest/globals'

import { trapTable } from '../../test/support/trap-table.ts'
import { inFunction, tryRecipe } from '../../test/support/try-recipe.ts'
import { shadowedNames } from './shadowed-names.ts'

describe('names that hide others', () => {
  trapTable(shadowedNames, [
    // the old name, said to be the inner one
    [
      'var data = p; log(data); return [1, 2].map(function (data) { return data + 1; });',
      'var data = p; log(data); return [1, 2].map(function (innerData) { return innerData + 1; });',
    ],
    [
      'let data = p; if (q) { let data = [q]; data = [data]; log(data.length); } return data;',
      'let data = p; if (q) { let innerData = [q]; innerData = [innerData]; log(innerData.length); } return data;',
    ],
    [
      'var the_data = p; return [1].map(function (the_data) { return the_data; }).concat(the_data);',
      'var the_data = p; return [1].map(function (inner_the_data) { return inner_the_data; }).concat(the_data);',
    ],
    // a name that the code tells
    [
      'var value = p, orders = [1, 2]; log(value); return orders.map(function (value) { return value; });',
      'var value = p, orders = [1, 2]; log(value); return orders.map(function (order) { return order; });',
    ],
    [
      'var value = p, entries = [1]; for (const value of entries) log(value); return value;',
      'var value = p, entries = [1]; for (const entry of entries) log(entry); return value;',
    ],
    [
      'var list = []; (function walk(task) { list.push(task.id); task.tasks.forEach(function (task) { walk(task); }); })({ id: p, tasks: [{ id: q, tasks: [] }] }); return list;',
      'var list = []; (function walk(task) { list.push(task.id); task.tasks.forEach(function (childTask) { walk(childTask); }); })({ id: p, tasks: [{ id: q, tasks: [] }] }); return list;',
    ],
    [
      'var value = p; if (q) { const value = q.length; log(value); } return value;',
      'var value = p; if (q) { const length = q.length; log(length); } return value;',
    ],
    [
      'var value = p; return [{ size: 1 }].map(function ({ size: value }) { return value; }).concat(value);',
      'var value = p; return [{ size: 1 }].map(function ({ size }) { return size; }).concat(value);',
    ],
    [
      'var value = p, length = 1; if (q) { const value = q.length; log(value); } return [value, length];',
      'var value = p, length = 1; if (q) { const innerValue = q.length; log(innerValue); } return [value, length];',
    ],
    [
      'var data = p, answer = { data: 1 }; if (q) { const data = answer.data; log(data); } return data;',
      'var data = p, answer = { data: 1 }; if (q) { const answerData = answer.data; log(answerData); } return data;',
    ],
    [
      'var data = p, answer = { data: 1 }; if (q) { const { data } = answer; log(data); } return data;',
      'var data = p, answer = { data: 1 }; if (q) { const { data: answerData } = answer; log(answerData); } return data;',
    ],
    // keys of properties stay
    [
      'var data = p; return [1].map(function (data) { return { data, data2: data.data }; }).concat(data);',
      'var data = p; return [1].map(function (innerData) { return { data: innerData, data2: innerData.data }; }).concat(data);',
    ],
    [
      'var data = p; if (q) { let data, list; ({ data, list = 1 } = q); [data = 2] = [list]; log(data); } return data;',
      'var data = p; if (q) { let innerData, list; ({ data: innerData, list = 1 } = q); [innerData = 2] = [list]; log(innerData); } return data;',
    ],
    [
      'var data = p, answer = {}; if (q) { const { data = 2, ...more } = answer; log([data, more]); } return data;',
      'var data = p, answer = {}; if (q) { const { data: answerData = 2, ...more } = answer; log([answerData, more]); } return data;',
    ],
    [
      'var data = p, orders = [1]; log(data); return orders.map((data) => data + 1);',
      'var data = p, orders = [1]; log(data); return orders.map((order) => order + 1);',
    ],
    // labels are not names, a default value does not see the body, arguments go by place
    [
      'var data = p; return [1, 2].map(function (data) { data: for (;;) { data += 1; break data; } return data; }).concat(data);',
      'var data = p; return [1, 2].map(function (innerData) { data: for (;;) { innerData += 1; break data; } return innerData; }).concat(data);',
    ],
    [
      'var data = p; return [1].map(function (one, two = data) { var data = 2; return [one, two, data]; }).concat(data);',
      'var data = p; return [1].map(function (one, two = data) { var innerData = 2; return [one, two, innerData]; }).concat(data);',
    ],
    [
      'var data = p; return [1].map(function (data) { arguments[0] = 5; return data; }).concat(data);',
      'var data = p; return [1].map(function (innerData) { arguments[0] = 5; return innerData; }).concat(data);',
    ],
    [
      'var data = p; [1].forEach(function () { if (q) { var data = 1; } else { var data = 2; } log(data); }); return data;',
      'var data = p; [1].forEach(function () { if (q) { var innerData = 1; } else { var innerData = 2; } log(innerData); }); return data;',
    ],
    [
      'var data = p; try { log(data); p.x.y; } catch (data) { log(typeof data); } return data;',
      'var data = p; try { log(data); p.x.y; } catch (innerData) { log(typeof innerData); } return data;',
    ],
    [
      'function make() { return p; } log(make()); return [1].map(function () { function make() { return q; } return make(); });',
      'function make() { return p; } log(make()); return [1].map(function () { function innerMake() { return q; } return innerMake(); });',
    ],
    // of two that hide each other only one gets the name
    [
      'var data = p; return [[1]].map(function (data) { return data.map(function (data) { return data; }); }).concat(data);',
      'var data = p; return [[1]].map(function (innerData) { return innerData.map(function (data) { return data; }); }).concat(data);',
      /no name for it is free/,
    ],
  ])

  trapTable(shadowedNames, [
    ['var data = p; return [1].map(function (data) { return data + eval("data"); }).concat(data);', undefined, /eval/],
    [
      'var data = p; return [1].map(function (data) { with (q || {}) { return data; } }).concat(data);',
      undefined,
      /with/,
    ],
    // a name that can be read
    [
      'function make() { return p; } log(make()); return [1].map(function () { function make() {} return make.name; });',
      undefined,
      /its name/,
    ],
    [
      'var make = p; log(make); return [1].map(function () { const make = () => q; return [make][0].name; });',
      undefined,
      /its name/,
    ],
    [
      'var make = p; log(make); return [1].map(function () { let make; make = function () {}; return make.name; });',
      undefined,
      /its name/,
    ],
    [
      'var make = p; log(make); return [undefined].map(function (make = class {}) { return make.name; });',
      undefined,
      /its name/,
    ],
    [
      'var make = p; log(make); return [{}].map(function ({ make = () => 1 }) { return make.name; });',
      undefined,
      /its name/,
    ],
    [
      'var make = p; log(make); return [1].map(function () { let make; [make = (function () {})] = []; return make.name; });',
      undefined,
      /its name/,
    ],
    ['var Make = p; log(Make); return [1].map(function () { class Make {} return Make.name; });', undefined],
    [
      'var make = p; log(make); return [1].map(function () { return (function make() { return make.name; })(); });',
      undefined,
    ],
    // names that hold in two scopes
    ['var data = p; if (q) { function data() { return 1; } log(data()); } return typeof data;', undefined],
    [
      'var load = p; log(load); return [1].map(function () { if (q) { function load() { return 1; } log(load()); } return 1; });',
      undefined,
      /sloppy/,
    ],
    [
      'var data = p; try { log(data); p.x.y; } catch (data) { var data = 1; log(data); } return data;',
      undefined,
      /catch/,
    ],
    // the new name is taken
    [
      'var data = p, innerData = q; return [1].map(function (data) { return [data, innerData]; }).concat(data);',
      undefined,
      /no name for it is free/,
    ],
    [
      'var data = p; return [1].map(function (data) { return [1].map(function (innerData) { return [data, innerData]; }); }).concat(data);',
      undefined,
      /no name for it is free/,
    ],
    [
      'var data = p; return [1].map(function (data) { return data + typeof innerData; }).concat(data);',
      undefined,
      /shadow/,
    ],
    // no other name is better
    ['var data = p; return [1].map((data) => data + 1).concat(data);', undefined, /tells no other name/],
    [
      'var data = p; return [{ data: 1 }].map(function ({ data }) { return data; }).concat(data);',
      undefined,
      /tells no other name/,
    ],
    // what people mean to write
    ['var data = p; return (function (data) { return data; })(data);', undefined],
    ['function visit(data) { return data; } var data = p; log(data); return visit({ data: q }.data);', undefined],
    ['var len = p; for (let i = 0, len = 2; i < len; i++) log(i); return len;', undefined],
    ['function visit(data) { return data; } var data = p; return visit(data);', undefined],
    ['var data = p; return [1].reduce(function (data, each) { return data + each; }, data);', undefined],
    ['const data = [1, 2].find(function (data) { return data === p; }); return data;', undefined],
    ['try { p(); } catch (err) { try { q(); } catch (err) { log(err.name); } log(err.name); } return 1;', undefined],
    ['var i = p; return [1].map(function (i) { return i; }).concat(i);', undefined],
    ['var self = this; return [1].map(function () { var self = this; return self; }).concat(typeof self);', undefined],
    ['var data = p; return [1].map(function (data) { return 1; }).concat(data);', undefined],
    ['function visit(data) { return data; } return [p].map(function (data) { return visit(data); });', undefined],
    ['var list = [1].map(function (data) { return data; }), data = p; return [list, data];', undefined],
    [
      'var list = [1].map(function (data) { return data; }); if (q) { var data = p; log(data); } return list;',
      undefined,
    ],
    ['var event = p; log(event); return [1].map(function (event) { return event; });', undefined],
    ['return [1].map(function (name) { return name; });', undefined],
  ])

  it('leaves parameters of JavaScript from which declarations are written', () => {
    const code = inFunction('var data = p; return [1].map(function (data) { return data; }).concat(data);')
    const files = { 'tsconfig.json': '{"compilerOptions":{"allowJs":true}}' }
    expect(tryRecipe(shadowedNames, code, { files }).text).toBe(code)
  })

  it('leaves what hides a name of the module, wrapped or not', () => {
    const code = `var cost = 1;\nexports.cost = cost;\n${inFunction('return [p, cost].map(function (cost) { return cost; })')}`
    expect(tryRecipe(shadowedNames, code).text).toBe(code)
    const wrapped = `(function () {\nvar cost = 1;\nexports.run = function (cost) { return cost; };\nexports.cost = cost;\n})();\n`
    expect(tryRecipe(shadowedNames, wrapped).text).toBe(wrapped)
  })

  it('leaves a parameter that JSDoc explains', () => {
    const code = inFunction(
      'var cost = p;\n/** @param {number} cost of one */\nfunction add(cost) { return cost + 1; }\nreturn [add(1), add, cost];',
    )
    expect(tryRecipe(shadowedNames, code).text).toBe(code)
  })

  it('changes nothing when it runs again', () => {
    const code = inFunction(
      'var data = p, orders = q;\nlog(data);\norders.forEach(function (data) { [data].forEach(function (data) { log(data); }); });\nif (q) { const data = q.size; log(data); }\nreturn data;',
    )
    const once = tryRecipe(shadowedNames, code).text
    expect(once).not.toBe(code)
    expect(tryRecipe(shadowedNames, once).text).toBe(once)
  })
})

describe('names that hide others, in TypeScript', () => {
  const tried = (code: string, path = 'index.ts') => tryRecipe(shadowedNames, code, { path })

  it.each([
    [
      'a parameter of what only the function sees',
      'export function f(data: number[]): number[] {\n  return data.map((data) => {\n    return data + 1\n  })\n}\n',
      'export function f(data: number[]): number[] {\n  return data.map((innerData) => {\n    return innerData + 1\n  })\n}\n',
    ],
    [
      'a type that speaks of the variable',
      'export function f(data: number[]): void {\n  if (data) {\n    const data = { n: 1 }\n    const other: typeof data = data\n    void other\n  }\n}\n',
      'export function f(data: number[]): void {\n  if (data) {\n    const innerData = { n: 1 }\n    const other: typeof innerData = innerData\n    void other\n  }\n}\n',
    ],
  ])('changes %s', (_, code, after) => expect(tried(code).text).toBe(after))

  it.each([
    [
      'a parameter that the declarations hold',
      'export function f(data: number) {\n  return [data, (data: number) => data]\n}\n',
      /emitted declarations/,
    ],
    [
      'a parameter in a default value, which they hold as well',
      'export function f(sum: number, data = [(sum: number) => sum]): void {\n  void [sum, data]\n}\n',
      /emitted declarations/,
    ],
    [
      'a variable that names a function through an assertion',
      'export function f(make: unknown): void {\n  if (make) {\n    let make: unknown\n    ;(make as () => void) = () => {}\n    void make\n  }\n}\n',
      /its name/,
    ],
    [
      'a property of a class',
      'export function f(data: number): void {\n  new (class {\n    constructor(private data: number) {\n      data++\n    }\n  })(data + 1)\n}\n',
      /property as well/,
    ],
    [
      'a name that merges with a type',
      'export function f(data: number): void {\n  if (data) {\n    interface data { n: number }\n    const data: data = { n: 1 }\n    void data\n  }\n}\n',
      undefined,
    ],
    [
      'a type of the same name',
      'type cost = number\nexport function f(data: cost): void {\n  const cost = data\n  void [1].map((cost) => {\n    return [cost].map((n: cost) => n)\n  })\n  void cost\n}\n',
      /other uses/,
    ],
    [
      'a member of a namespace',
      'export function f(): void {}\nnamespace a {\n  const data = 1\n  export namespace b {\n    export const data = 2\n    f.length + data\n  }\n  void data\n}\n',
      undefined,
    ],
    [
      'overloads',
      'export function f(load: number): void {\n  if (load) {\n    function load(n: number): void\n    function load(n: string): void\n    function load(n: unknown): void {}\n    load(1)\n  }\n}\n',
      /overloads/,
    ],
  ])('leaves %s', (_, code, reason) => {
    const { text, reasons } = tried(code)
    expect(text).toBe(code)
    if (reason) expect(reasons.join('\n')).toMatch(reason)
  })
})
