import { describe, expect, it } from '@jest/globals'

import { tryRecipe } from '../../test/support/try-recipe.ts'
import { discriminatedUnions } from './discriminated-unions.ts'

const strict = { 'tsconfig.json': '{"compilerOptions":{"strict":true,"lib":["es2022","dom"]}}' }
const tried = (code: string, files: Readonly<Record<string, string>> = strict, path = 'index.ts') =>
  tryRecipe(discriminatedUnions, code, { path, files })

const declared = 'interface Outcome {\n  ok: boolean\n  value?: string\n  error?: Error\n}\n'
const union = 'type Outcome =\n  | { ok: true; value: string }\n  | { ok: false; error: Error }\n'
const made =
  'function read(text: string): Outcome {\n  if (text) return { ok: true, value: text }\n  return { ok: false, error: new Error(text) }\n}\n'
const used =
  'export const show = (text: string): string => {\n  const outcome = read(text)\n  return outcome.ok ? String(outcome.value) : String(outcome.error)\n}\n'

describe('flags and the members that come with them', () => {
  it.each([
    ['a boolean', `${declared}${made}${used}`, [declared, union]],
    [
      'a type that is no interface, with semicolons',
      `${declared.replace('interface Outcome', 'type Outcome =').replace('}\n', '};\n')}${made}${used}`,
      [declared.replace('interface Outcome', 'type Outcome =').replace('}\n', '};\n'), union.replace(/ }\n$/, ' };\n')],
    ],
    [
      'a word, with what every value has',
      'type Shape = {\n  readonly kind: "circle" | "square"\n  readonly name: string\n  readonly radiusOfAll?: number\n  readonly side?: number\n}\nconst shapes: Shape[] = [\n  { kind: "circle", name: "a", radiusOfAll: 1 },\n  { kind: "square", name: "b", side: 2 },\n]\nexport const area = (): number[] => shapes.map((each) => (each.kind === "circle" ? each.radiusOfAll! : each.side!))\n',
      [
        'type Shape = {\n  readonly kind: "circle" | "square"\n  readonly name: string\n  readonly radiusOfAll?: number\n  readonly side?: number\n}\n',
        'type Shape =\n  | {\n      readonly kind: "circle"\n      readonly name: string\n      readonly radiusOfAll: number\n    }\n  | { readonly kind: "square"; readonly name: string; readonly side: number }\n',
      ],
    ],
    [
      'a name for the choice',
      'type Kind = "a" | "b"\ninterface Item {\n  kind: Kind\n  size?: number\n}\nlet current: Item = { kind: "a" }\nexport const next = (size: number): void => {\n  current = { kind: "b", size }\n}\nexport const size = (): number => (current.kind === "b" ? current.size ?? 0 : 0)\n',
      [
        'interface Item {\n  kind: Kind\n  size?: number\n}\n',
        'type Item =\n  | { kind: "a" }\n  | { kind: "b"; size: number }\n',
      ],
    ],
    [
      'two flags, where one does not tell enough',
      'interface State {\n  loading: boolean\n  failed: boolean\n  data?: string\n  reason?: string\n}\nlet state: State = { loading: true, failed: false }\nexport const finish = (data: string): void => {\n  state = { loading: false, failed: false, data }\n}\nexport const fail = (reason: string): void => {\n  state = { loading: false, failed: true, reason }\n}\nexport const isBusy = (): boolean => state.loading\n',
      [
        'interface State {\n  loading: boolean\n  failed: boolean\n  data?: string\n  reason?: string\n}\n',
        'type State =\n  | { loading: true; failed: false }\n  | { loading: false; failed: false; data: string }\n  | { loading: false; failed: true; reason: string }\n',
      ],
    ],
    [
      'a flag that says nothing of the others, which keeps its type',
      `${declared.replace('}\n', '  isNew: boolean\n}\n')}${made.replace('value: text', 'value: text, isNew: true').replace('Error(text)', 'Error(text), isNew: text === ""')}${used}`,
      [
        declared.replace('}\n', '  isNew: boolean\n}\n'),
        'type Outcome =\n  | { ok: true; value: string; isNew: boolean }\n  | { ok: false; error: Error; isNew: boolean }\n',
      ],
    ],
    [
      'comments, which stay with the first that they are about',
      `${declared.replace('  ok', '  /**\n   * Whether it worked.\n   */\n  ok').replace('  error', '  // what went wrong\n  error')}${made}${used}`,
      [
        declared
          .replace('  ok', '  /**\n   * Whether it worked.\n   */\n  ok')
          .replace('  error', '  // what went wrong\n  error'),
        'type Outcome =\n  | {\n      /**\n       * Whether it worked.\n       */\n      ok: true\n      value: string\n    }\n  | {\n      ok: false\n      // what went wrong\n      error: Error\n    }\n',
      ],
    ],
    [
      'words that are quoted in two ways',
      'interface Item {\n  kind: "a" | "b"\n  size?: number\n}\nconst all: Item[] = [{ kind: "a" }, { kind: \'a\' }, { kind: "b", size: 1 }]\nexport const count = all.length\n',
      [
        'interface Item {\n  kind: "a" | "b"\n  size?: number\n}\n',
        'type Item =\n  | { kind: "a" }\n  | { kind: "b"; size: number }\n',
      ],
    ],
    [
      'a variable that a test before shows to be there',
      `${declared}const read = (value: string | undefined): Outcome =>\n  value ? { ok: true, value } : { ok: false, error: new Error() }\n${used}`,
      [declared, union],
    ],
    [
      'a member that only some values of the flag have',
      `${declared}${made.replace('  return', '  if (text === "-") return { ok: false }\n  return')}${used}`,
      [declared, union.replace('error:', 'error?:')],
    ],
    [
      'a member that may be undefined',
      `${declared}${made.replace('new Error(text)', 'text ? undefined : new Error(text)')}${used}`,
      [declared, union.replace('error:', 'error?:')],
    ],
    [
      'values that functions of the file take, and async ones give',
      `${declared}async function read(text: string): Promise<Outcome> {\n  return text ? { ok: true, value: text } : fail(new Error(text))\n}\nconst fail = (error: Error): Outcome => ({ ok: false, error })\nfunction print(outcome: Outcome): string {\n  console.log(outcome)\n  return outcome.ok ? outcome.value ?? "" : ""\n}\nexport const show = async (text: string): Promise<string> => print(await read(text))\n`,
      [declared, union],
    ],
    [
      'values of a list that grows',
      `${declared}const all: Outcome[] = []\nexport const add = (value: string): void => {\n  if (value) all.push({ ok: true, value })\n  else all.push({ ok: false, error: new Error() })\n  all.sort((one) => (one.ok ? 1 : 0))\n}\nexport const failures = (): Error[] => {\n  const found: Error[] = []\n  for (const each of all.filter(({ ok }) => !ok)) if (!each.ok && each.error) found.push(each.error)\n  return found\n}\n`,
      [declared, union],
    ],
  ])('become a union: %s', (_, code, [before, after]) => {
    const { text, reasons } = tried(code)
    expect([text, reasons]).toEqual([code.replace(before!, after!), []])
    expect(tried(text).edits).toBe(0)
  })
  const all = `${declared}${made}${used}`
  const body = (statement: string): string =>
    `${declared}${made}export const show = (text: string): void => {\n  const outcome = read(text)\n  ${statement}\n}\n`

  it.each([
    ['is exported', all.replace('interface', 'export interface'), /exported/],
    ['is exported later', `${all}export type { Outcome }\n`, /declares names it|exported/],
    ['shows in what the file declares', all.replace('function', 'export function'), /declares names it/],
    ['shows through a variable', `${all}export const last = read('')\n`, /declares names it/],
    [
      'has parameters',
      all.replace('interface Outcome', 'interface Outcome<T = string>').replace('value?: string', 'value?: T'),
      /parameters/,
    ],
    [
      'extends another',
      `interface Base {\n  at: number\n}\n${all.replace('interface Outcome', 'interface Outcome extends Partial<Base>')}`,
      /extends/,
    ],
    [
      'is extended',
      `${all}interface More extends Outcome {\n  more: number\n}\nexport const more = (): number => ({ ok: true, more: 1 }) satisfies More && 1\n`,
      /made of it|part of/,
    ],
    [
      'is implemented',
      `${all}class Done implements Outcome {\n  ok = true\n}\nexport const done = (): boolean => new Done().ok\n`,
      /made of it/,
    ],
    ['is declared twice', `${all}interface Outcome {\n  at?: number\n}\n`, /several places/],
    ['has a comment', all.replace('boolean\n', 'boolean // whether\n'), /comment/],
    [
      'has a method',
      all.replace('value?: string', 'value?(): string').replace('value: text', 'value: () => text'),
      /plain properties/,
    ],
    [
      'has keys that other types are made of',
      `${all}const keys: (keyof Outcome)[] = ['ok']\nexport const count = keys.length\n`,
      /part of another/,
    ],
    [
      'is made partial',
      `${all}const some: Partial<Outcome> = {}\nexport const is = (): boolean => !!some.ok\n`,
      /part of another/,
    ],
    ['gives a type of one member', `${all}const is: Outcome['ok'] = true\nexport const yes = is\n`, /part of another/],
    [
      'gives another type through a value',
      `${declared}${made}const first = read('')\ntype First = typeof first\nexport const is = (given: boolean): boolean => {\n  const other: { one?: First } = {}\n  return given && !!other.one\n}\n`,
      /another type is made/,
    ],
    [
      'is part of another',
      `${all}interface Box {\n  held: Outcome\n}\nexport const box = (): boolean => {\n  const made: Box = { held: { ok: true } }\n  return made.held.ok\n}\n`,
      /part of another/,
    ],
    [
      'is handed to another',
      `${all}const known = new Map<string, Outcome>()\nexport const size = known.size\n`,
      /part of another/,
    ],
    ['is asserted', body('console.log(outcome.ok, ({ ok: true }) as Outcome)'), /said to be/],
    [
      'is guarded',
      `${all}const is = (given: unknown): given is Outcome => !!given\nexport const test = is(1)\n`,
      /part of another|signature/,
    ],
    [
      'is the type of a variable that waits',
      body('let other: Outcome\n  other = outcome\n  console.log(other)'),
      /before it has a value/,
    ],
    [
      'is the type of what is declared elsewhere',
      `${all}declare const given: Outcome\nexport const is = (): boolean => given.ok\n`,
      /before it has a value/,
    ],
    [
      'is what a method gives',
      `${all}class Reader {\n  get(): Outcome {\n    return { ok: true, value: '' }\n  }\n}\nexport const is = new Reader().get().ok\n`,
      /method/,
    ],
    [
      'is what a class keeps',
      `${declared}${made}class Reader {\n  private readonly one = read('')\n  is() {\n    return this.one.ok\n  }\n}\nexport const is = new Reader().is()\n`,
      /written to, or handed/,
    ],
    [
      'is what others hand in',
      `${declared}const test = (outcome: Outcome): boolean => outcome.ok\nexport const tests: ((one: { ok: boolean }) => boolean)[] = [test]\n`,
      /known elsewhere/,
    ],
    [
      'is taken from what is parsed',
      body('const other: Outcome = JSON.parse(text)\n  console.log(other, outcome)'),
      /unknown type/,
    ],
    [
      'is taken from elsewhere',
      `import { fetched } from 'elsewhere'\n${body('const other: Outcome = fetched(text)\n  console.log(other, outcome)')}`,
      /unknown type/,
    ],
    [
      'is a list from elsewhere',
      body('const other: Outcome[] = [...JSON.parse(text)]\n  console.log(other, outcome)'),
      /made as something else/,
    ],
    [
      'grows by what is from elsewhere',
      body('const other: Outcome[] = []\n  other.push(...JSON.parse(text))\n  console.log(other, outcome)'),
      /made as something else|spread/,
    ],
    [
      'is made of a variable',
      body('const other = { ok: true }\n  const same: Outcome = other\n  console.log(same, outcome)'),
      /made as something else/,
    ],
    [
      'is handed out of unknown arguments',
      `${declared}${made}const test = (outcome: Outcome): boolean => outcome.ok\nexport const is = (given: [any]): boolean => test(...given) && read('').ok\n`,
      /known elsewhere|unknown/,
    ],
    ['is made with a spread', all.replace('{ ok: true,', '{ ...{}, ok: true,'), /plain properties/],
    ['is made with a computed name', all.replace('value: text', "['value']: text"), /plain properties/],
    [
      'has members that may be undefined all the same',
      `${declared}const read = (value?: string, error?: Error): Outcome =>\n  value ? { ok: true, error } : { ok: false, value }\n${used}`,
      /do not tell/,
    ],
    ['has a flag that is computed', all.replace('ok: true', 'ok: text.length > 1'), /no flag/],
    ['has a flag that is always the same', all.replace('ok: false', 'ok: true'), /no flag/],
    [
      'has flags that do not tell',
      all
        .replace('error: new', 'value: text, error: new')
        .replace(', value: text }', ', value: text, error: new Error() }'),
      /do not tell/,
    ],
    ['is changed', body('outcome.value = text'), /written to/],
    ['is changed by its name', body("outcome['value'] = text"), /written to/],
    ['is changed by a pattern', body(';[outcome.ok] = [false]'), /written to/],
    ['loses a member', body('delete outcome.value'), /written to/],
    ['loses a member behind a mark', body('delete outcome.value!'), /written to/],
    ['is changed in a loop', body('for (outcome.value of [text]) console.log(text)'), /written to/],
    [
      'is changed by a name that is computed',
      body("const key = 'value' as const\n  outcome[key] = text"),
      /written to/,
    ],
    [
      'is changed under a wider type',
      body('const wide: { ok: boolean } = outcome\n  wide.ok = false'),
      /written to, or handed/,
    ],
    [
      'is changed by a function',
      body('const change = (one: { ok: boolean }) => {\n    one.ok = false\n  }\n  change(outcome)'),
      /written to, or handed/,
    ],
    [
      'is changed through arguments',
      `${declared}${made}function change(one: Outcome) {\n  arguments[0].ok = false\n}\nexport const is = (): void => change(read(''))\n`,
      /known elsewhere/,
    ],
    [
      'is changed by what is called with a list',
      `${declared}${made}const change = (one: { ok: boolean }) => {\n  one.ok = false\n}\nexport const is = (): void => [read('')].forEach(change)\n`,
      /does not stand there/,
    ],
    [
      'is changed by what a list calls',
      `${declared}${made}export const is = (): void =>\n  [read('')].forEach((one: { ok: boolean }) => {\n    one.ok = false\n  })\n`,
      /does not stand there|known elsewhere/,
    ],
    ['is handed to what is elsewhere', `import { send } from 'elsewhere'\n${body('send(outcome)')}`, /handed/],
    ['is handed to Object.assign', body('Object.assign(outcome, { ok: false })'), /among something else/],
    ['is kept by another object', body('const box = { outcome }\n  box.outcome.ok = false'), /written to, or handed/],
    [
      'is kept by a map',
      body("const known = new Map([['a', outcome]])\n  console.log(known)"),
      /among something else|handed|other types/,
    ],
    [
      'is changed by a function that takes more than it',
      body('const change = <T extends { ok: boolean }>(one: T) => {\n    one.ok = false\n  }\n  change(outcome)'),
      /handed/,
    ],
    [
      'is taken for another by a function',
      `${declared}${made}const test = (one: Outcome): one is { ok: true; value: string } => one.ok\nexport const show = (text: string): void => {\n  const outcome = read(text)\n  if (test(outcome)) outcome.value = text\n}\n`,
      /for something else/,
    ],
    [
      'is changed by what a list may call',
      `${declared}${made}export const sorted = (by?: (one: { ok: boolean }) => number): void => {\n  ;[read('')].sort(by)\n}\n`,
      /does not stand there/,
    ],
    [
      'is widened by what is chosen beside it',
      body('const wide = text ? outcome : { ok: false }\n  wide.ok = true'),
      /written to, or handed/,
    ],
    [
      'is widened by what stands with it in a list',
      body('const other: { ok: boolean } = { ok: false }\n  const all = [outcome, other]\n  all[0]!.ok = true'),
      /written to, or handed/,
    ],
    [
      'is widened by what is given back beside it',
      body(
        'const other: { ok: boolean } = { ok: false }\n  const give = () => {\n    if (text) return outcome\n    return other\n  }\n  give().ok = true',
      ),
      /written to, or handed/,
    ],
    ['is spread', body('console.log({ ...outcome })'), /spread/],
    ['is taken apart', body('const { ok, ...rest } = outcome\n  console.log(ok, rest)'), /written to|taken apart/],
    ['is said to be something else', body('console.log((outcome as { ok: boolean }).ok)'), /written to, or handed/],
    ['is looked through', body('for (const key in outcome) console.log(key)'), /written to, or handed/],
    [
      'calls what it holds',
      `${declared.replace('string', '() => string')}${made.replace('value: text', 'value: () => text')}export const show = (text: string): void => {\n  const outcome = read(text)\n  if (outcome.ok) console.log(outcome.value?.())\n}\n`,
      /written to, or handed/,
    ],
    ['is read without the flag', body('console.log(outcome.value)'), /would not compile/],
    [
      'is compared with what never comes',
      `type Kind = 'a' | 'b' | 'c'\ninterface Item {\n  kind: Kind\n  size?: number\n}\nconst one: Item = { kind: 'a' }\nconst two: Item = { kind: 'b', size: 1 }\nexport const is = (): boolean => [one, two].some(({ kind }) => kind === 'c')\n`,
      /would not compile/,
    ],
    ['is known to have no errors', `// @ts-nocheck\n${all}`, /hides type errors/],
    ['is in a file that others see', all.replace(/export /g, ''), /no module/],
  ] as const)('stay as they are where the type %s', (_, code, reason) => {
    const { text, reasons } = tried(code)
    expect(text).toBe(code)
    expect(reasons.join('\n')).toMatch(reason)
  })

  it.each([
    ['nobody asks for null checks', { 'tsconfig.json': '{"compilerOptions":{}}' }, /null checks/],
    ['nobody says how it is compiled', {}, /null checks/],
    [
      'what is not there has a type of its own',
      { 'tsconfig.json': '{"compilerOptions":{"strict":true,"exactOptionalPropertyTypes":true}}' },
      /stricter/,
    ],
    [
      'others say how it is compiled',
      { 'tsconfig.json': '{"extends":"other","compilerOptions":{"strict":true}}' },
      /stricter/,
    ],
    [
      'a part of the project is stricter',
      { ...strict, 'packages/a/tsconfig.json': '{"compilerOptions":{"noUncheckedIndexedAccess":true}}' },
      /stricter/,
    ],
  ])('stay as they are where %s', (_, files, reason) => {
    const { text, reasons } = tried(all, files)
    expect(text).toBe(all)
    expect(reasons.join('\n')).toMatch(reason)
  })

  it.each([
    ['JavaScript', 'export const read = (text) => (text ? { ok: true, text } : { ok: false })\n', 'index.mjs'],
    ['declarations', 'interface Outcome {\n  ok: boolean\n  value?: string\n}\nexport {}\n', 'index.d.ts'],
    [
      'types without a flag',
      'interface Point {\n  x: number\n  y?: number\n}\nconst point: Point = { x: 1 }\nexport const x = point.x\n',
      'index.ts',
    ],
  ])('are no matter in %s', (_, code, path) => {
    expect(tried(code, strict, path)).toMatchObject({ text: code, reasons: [] })
  })
})
