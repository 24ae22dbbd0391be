/** A source of numbers that a seed decides: the same seed, the same program. */
export const numbers = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export const names = ['a', 'b', 'c', 'd', 'i', 'k', 'list']
export const functionNames = ['f', 'g', 'h']

/**
 * Writes ES5 programs that do what is hard to keep: hoisting, redeclaration, closures in loops, early calls, shadowing,
 * functions in blocks, labels, switch, try. A program exports one function and ends within its fuel.
 */
class Writer {
  private readonly next: () => number
  private depth = 0
  private inLoop = 0
  private inFunction = 0

  constructor(seed: number) {
    this.next = numbers(seed)
  }

  private pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)]!
  }

  private chance(share: number): boolean {
    return this.next() < share
  }

  private name(): string {
    return this.pick(names)
  }

  private atom(): string {
    return this.pick([
      this.name(),
      this.name(),
      '1',
      '0',
      "'s'",
      "'-'",
      'true',
      'null',
      'undefined',
      'p',
      'q',
      `size(${this.name()})`,
    ])
  }

  expression(): string {
    const a = this.atom()
    const b = this.atom()
    return this.pick([
      () => a,
      () => `${a} + ${b}`,
      () => `'<' + ${a} + '>'`,
      () => `String(${a}) + '/' + ${b}`,
      () => `typeof ${this.name()}`,
      () => `${a} === ${b}`,
      () => `!(${a} === ${b})`,
      () => `(${a} == null ? ${b} : ${a})`,
      () => `${a} || ${b}`,
      () => `${a} && ${b}`,
      () => `Math.pow(2, ${this.pick(['3', '0', 'items.length'])})`,
      () => `items.indexOf(${this.pick(["'s'", '1', a])}) !== -1`,
      () => `{ ${this.pick(names)}: ${a}, a: a }`,
      () => `[${a}, ${b}]`,
      () => `(${a} ? true : false)`,
      () => `items.map(function (x) { return x + 1; }).length`,
      () => `Object.prototype.hasOwnProperty.call(o, ${a})`,
      () => `Math.max.apply(null, items)`,
      () => this.twist(a, b),
      () => this.twist(a, b),
      () => `call(${this.pick(functionNames)}, ${a})`,
      () => (this.chance(0.3) ? `${this.pick(functionNames)}(${a})` : `call(${this.pick(functionNames)}, ${a})`),
    ])()
  }

  /** What may be said in a shorter or safer way, in some places only. */
  private twist(a: string, b: string): string {
    const x = this.name()
    return this.pick([
      () => `(${x} ? ${x} : ${b})`,
      () => `(!${x} ? ${b} : ${x})`,
      () => `(typeof ${x} == 'string')`,
      () => `(typeof ${x} === 'undefined')`,
      () => `(${x} == ${b})`,
      () => `((${a} === ${b}) === true)`,
      () => `!(${x} !== ${a} && ${x} !== ${b})`,
      () => `(!(!${x} || !${this.name()}) ? 1 : 2)`,
      () => `void 0`,
      () => `(true ? ${a} : ${b})`,
      () => `parseInt(${this.pick(["'12'", '1.5', x])})`,
      () => `isNaN(${this.pick(['1', 'items.length', x])})`,
      () => `new Array()`,
      () => `(${x} == null ? undefined : ${x}.s)`,
      () => `(${x} != null && ${x}.length === 1)`,
      () => `((${x} && ${x}.length) ? ${a} : ${b})`,
      () => `(typeof ${x}).slice(0, 2) === 'st'`,
      () => `(typeof ${x})[0] === 's'`,
      () =>
        `(function (n) { var rest = Array.prototype.slice.call(arguments, 1); return rest.length + n; })(${a}, ${b})`,
    ])()
  }

  /** Two functions of one body, or one that only returns, and their calls. */
  private helpers(): string {
    const [one, two] = [this.pick(['u', 'v']), this.pick(['w', 'z'])]
    const body = this.pick([
      `var n = k + 1; log('copy ' + n); return ${this.atom()} || n;`,
      `return [k, ${this.atom()}];`,
    ])
    const uses = this.pick([
      () => `log(${one}(${this.atom()})); log(${two}(${this.atom()}));`,
      () => `log(${one}(${this.atom()}));`,
      () => `later.push(${two}); log(${one}(1));`,
      () => `log(${two}(${this.name()}, ${this.atom()}));`,
    ])()
    return `(function () {\nfunction ${one}(k) { ${body} }\nfunction ${two}(k) { ${body} }\n${uses}\n})();`
  }

  private block(): string {
    this.depth += 1
    const statements = this.statements(this.depth > 3 ? 1 : 1 + Math.floor(this.next() * 3))
    this.depth -= 1
    return `{\n${statements}\n}`
  }

  private loop(head: string): string {
    this.inLoop += 1
    const body = this.block()
    this.inLoop -= 1
    return `${head} ${body}`
  }

  private functionBody(): string {
    const { inLoop } = this
    this.inLoop = 0
    this.inFunction += 1
    const body = this.block()
    this.inFunction -= 1
    this.inLoop = inLoop
    return body.replace('{', '{ tick();')
  }

  private small(): string {
    const x = this.name()
    return this.pick([
      () => `var ${x} = ${this.expression()};`,
      () => `var ${x} = ${this.expression()};`,
      () => `var ${x};`,
      () => `var ${x} = ${this.expression()}, ${this.name()} = ${this.expression()};`,
      () => `${x} = ${this.expression()};`,
      () => `${x} = ${x} + 1;`,
      () => `${x} = ${x} || ${this.expression()};`,
      () => `if (!${x}) { ${x} = ${this.atom()}; }`,
      () => `log(${this.expression()});`,
      () => `log([${names.join(', ')}].map(String).join());`,
      () => `log(${x});`,
      () => `later.push(function () { log(${x}); return ${this.atom()}; });`,
      () => `log(call(${this.pick(functionNames)}, ${this.atom()}));`,
      () => `var ${this.pick(functionNames)} = function (n) { return n + ${this.atom()}; };`,
      () => (this.inLoop ? this.pick(['if (p) { continue; }', 'if (q) { break; }', 'break;']) : `log(typeof ${x});`),
      () =>
        this.inFunction
          ? this.pick([
              `return ${this.expression()};`,
              `if (${x}) { return ${this.atom()}; }`,
              `var t = ${this.expression()}; return t;`,
              `${x} = ${this.expression()}; return ${x};`,
              `return undefined;`,
            ])
          : `log(${x});`,
    ])()
  }

  private large(): string {
    const x = this.name()
    return this.pick([
      () => `if (${this.expression()}) ${this.block()}`,
      () => `if (${this.expression()}) ${this.block()} else ${this.block()}`,
      () => `if (${x}) { if (${this.name()}) ${this.block()} }`,
      () => this.loop(`for (var ${x} = 0; ${x} < 3 && tick(); ${x}++)`),
      () => `for (var n = 0; n < items.length && tick(); n++) {\nvar ${x} = items[n];\n${this.statements(2)}\n}`,
      () => `for (var n = 0; n < items.length; n++) {\nvar ${x} = items[n];\nlog(${x});\ntick();\n}`,
      () => this.loop(`for (var ${x} in o)`),
      () => `try ${this.block()} catch (${this.pick(['e', x])}) ${this.block()}`,
      () => `switch (${x}) { case 1: ${this.statements(1)} break; default: ${this.statements(2)} }`,
      () => `function ${this.pick(functionNames)}(${this.name()}) ${this.functionBody()}`,
      () => `items.forEach(function (${this.name()}) ${this.functionBody()});`,
      () => `(function () ${this.functionBody()})();`,
      () => `try ${this.block()} catch (e) { throw e; }`,
      () => `if (${this.name()}) ${this.block()} else { }`,
      () => `if (${this.name()}) { } else ${this.block()}`,
      () => {
        const body = `{ log(${this.atom()}); }`
        return `if (${this.name()}) ${body} else if (${this.atom()}) ${body} else { log(2); }`
      },
      () => `switch (${x}) { case 1: log(1); break; case 's': log(1); break; default: log(2); break; }`,
      () => `var ${x} = o.s, ${this.name()} = o.a;`,
      () => `var ${x} = o.s;\nvar ${this.name()} = o.a;`,
      () => this.helpers(),
      () => `if (typeof ${x} === 'string') { log('is ' + ${x}); ${this.statements(1)} }`,
    ])()
  }

  statements(count: number): string {
    return Array.from({ length: count }, () =>
      this.depth < 4 && this.chance(0.35) ? this.large() : this.small(),
    ).join('\n')
  }

  program(): string {
    const strict = this.chance(0.5) ? "'use strict';\n" : ''
    const before = this.chance(0.6) ? `${this.statements(2)}\n` : ''
    this.inFunction += 1
    const body = this.statements(7)
    this.inFunction -= 1
    const after = this.chance(0.6) ? `\n${this.statements(2)}` : ''
    const head = "var later = [], o = { s: 1, a: 2 };\nvar items = ['s', 1, 'x'];\n"
    return `${strict}${head}${before}module.exports = function main(p, q) {\ntick();\n${body}\nreturn ${this.expression()};\n};${after}\nmodule.exports.later = later;\n`
  }
}

/** A program in the text of a CommonJS module. It uses `log`, `tick`, `call`, `size` and the
 * names that it may have left undeclared, which its host defines. */
export const randomProgram = (seed: number): string => new Writer(seed).program()
