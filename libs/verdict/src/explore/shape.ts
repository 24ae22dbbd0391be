/** What a value has to be so that code can use it: as far as its uses tell. */
export interface Shape {
  readonly kinds: Set<Kind>
  readonly literals: Set<string | number | boolean>
  readonly properties: Map<string, Shape>
  /** Of an array. */
  element?: Shape
}

export type Kind = 'string' | 'number' | 'boolean' | 'array' | 'object' | 'function'

export const emptyShape = (): Shape => ({ kinds: new Set(), literals: new Set(), properties: new Map() })

export const propertyOf = (shape: Shape, name: string): Shape => {
  shape.kinds.add('object')
  const known = shape.properties.get(name) ?? emptyShape()
  shape.properties.set(name, known)
  return known
}

export const elementOf = (shape: Shape): Shape => {
  shape.kinds.add('array')
  shape.element ??= emptyShape()
  return shape.element
}

/** A value as JSON; what JSON cannot say is `{ $: 'undefined' }` or `{ $: 'function' }`, one that gives back its argument. */
export type Candidate = null | string | number | boolean | readonly Candidate[] | { readonly [name: string]: Candidate }

const nothing: Candidate = { $: 'undefined' }
const callback: Candidate = { $: 'function' }

const plain: Readonly<Record<'string' | 'number' | 'boolean', readonly Candidate[]>> = {
  string: ['abc', '', 'Hello, World', 'a b-c', 'x', '12'],
  number: [2, 0, 7, -1.5, 100],
  boolean: [true, false],
}
const anything: readonly Candidate[] = ['abc', 3, [1, 2, 3], { a: 1, b: 'two' }, true, '', 0, null]

const mostLevels = 3
const mostProperties = 16
const mostLiterals = 6

const objectsOf = (shape: Shape, level: number): Candidate[] => {
  const parts = [...shape.properties]
    .slice(0, mostProperties)
    .map(([name, inner]) => [name, candidatesOf(inner, level + 1)] as const)
  const nth = (n: number): Candidate =>
    Object.fromEntries(parts.map(([name, values]) => [name, values[n % values.length]!]))
  return [nth(0), nth(1), nth(2), {}]
}

const arraysOf = (shape: Shape, level: number): Candidate[] => {
  const elements = candidatesOf(shape.element ?? emptyShape(), level + 1)
  const [first = 1, second = first, third = first] = elements
  return [[first, second, third], [], [first], [third, first, first, second]]
}

/** Values that fit a shape, the likeliest first; the last is always `undefined`. */
export const candidatesOf = (shape: Shape, level = 0): Candidate[] => {
  const { kinds, literals } = shape
  const values: Candidate[] = []
  if (kinds.has('array')) values.push(...(level < mostLevels ? arraysOf(shape, level) : [[]]))
  if (kinds.has('object') && !kinds.has('array')) values.push(...(level < mostLevels ? objectsOf(shape, level) : [{}]))
  if (kinds.has('function')) values.push(callback)
  for (const kind of ['number', 'string', 'boolean'] as const) if (kinds.has(kind)) values.push(...plain[kind])
  values.push(...[...literals].slice(0, mostLiterals))
  if (values.length === 0) values.push(...anything)
  const seen = new Set<string>()
  const unique = values.filter((value) => !seen.has(JSON.stringify(value)) && seen.add(JSON.stringify(value)))
  return [...unique, nothing]
}

const mostCalls = 24

/** Lists of arguments: the likeliest of each, then one other value at a time, then others together. */
export const callsOf = (parameters: readonly Shape[]): (readonly Candidate[])[] => {
  const choices = parameters.map((shape) => candidatesOf(shape))
  const first = choices.map(([value]) => value!)
  const longest = Math.max(0, ...choices.map(({ length }) => length))
  const calls: (readonly Candidate[])[] = [first]
  for (let n = 1; n < longest; n++) {
    choices.forEach((values, at) => {
      if (n < values.length) calls.push(first.with(at, values[n]!))
    })
    if (parameters.length > 1) calls.push(choices.map((values) => values[n % values.length]!))
  }
  return calls.slice(0, mostCalls)
}
