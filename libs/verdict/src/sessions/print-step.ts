import type { Graph } from '../types.ts'
import type { EncodedGraph, RawStep } from './records.ts'

type Node = Record<string, unknown> & { readonly k: string }

export interface PrintOptions {
  /** How an export is written: `basket.Basket`. */
  readonly exportName?: (module: string, path: readonly unknown[]) => string
  /** How the result of an earlier step is written. */
  readonly handleName?: (step: number, path: readonly unknown[]) => string
  readonly callbackName?: (id: number) => string | undefined
  /** How a promise that came in is written. */
  readonly promiseName?: (id: number) => string
  /** What stands for one of the package's own. */
  readonly ownPromise?: string
  /** What stands before what a proxy shows. */
  readonly proxy?: string
  /** Names of the receiver's and arguments' nodes that are shared, so that they can be declared once. */
  readonly maxLength?: number
}

/** The value cannot be written as an expression that gives it back. */
export class NotPrintable extends Error {}

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

/** A string as JavaScript source, in the quotes that it does not hold itself. */
export const quoted = (text: string): string => {
  const escaped = JSON.stringify(text.replaceAll('\u0000dir', '<dir>')).replace(
    /[\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16)}`,
  )
  if (text.includes("'") && !text.includes('"')) return escaped
  return `'${escaped.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

export const pathText = (path: readonly unknown[]): string =>
  path
    .map((step) => {
      if (typeof step !== 'string') return `[Symbol.${(step as { symbol: string }).symbol}]`
      if (identifier.test(step)) return `.${step}`
      return /^(0|[1-9]\d*)$/.test(step) ? `[${step}]` : `[${quoted(step)}]`
    })
    .join('')

const lastName = (module: string, path: readonly unknown[]): string =>
  path.length === 0
    ? module
        .split('/')
        .pop()!
        .replace(/\.[^.]+$/, '')
    : pathText(path).replace(/^\./, '')

const ownOf = (of: Node): unknown[][] => (of['o'] as unknown[][] | undefined) ?? []

/** As `Object.freeze` leaves a plain object or array. */
const isFrozen = (of: Node): boolean =>
  of['x'] === 0 &&
  (of.k !== 'a' || of['lw'] === 0) &&
  ownOf(of).every((property) => property.length === 3 && property[1] === 'e')

const thawed = (of: Node): unknown[][] => ownOf(of).map(([key, , value]) => [key, value])

/** Whether the expression can stand for the value: plain data, built-ins, exports and known callbacks. */
export const printValue = (graph: EncodedGraph, value: unknown, options: PrintOptions = {}): string => {
  const open = new Set<number>()
  const uses = new Map<number, number>()

  const special = (list: readonly unknown[]): string => {
    switch (list[0]) {
      case 'u':
        return 'undefined'
      case 'n':
        return String(list[1])
      case 'b':
        return `${String(list[1])}n`
      case 'y':
        if (list[1] === 'known') return `Symbol.${String(list[2])}`
        if (list[1] === 'for') return `Symbol.for(${quoted(String(list[2]))})`
        return list[2] === null ? 'Symbol()' : `Symbol(${quoted(String(list[2]))})`
      case 'i':
        if (/^[%]|node:|@@| /.test(String(list[1]))) throw new NotPrintable(`the built-in ${String(list[1])}`)
        return String(list[1])
      case 'e':
        return (options.exportName ?? lastName)(String(list[1]), list[2] as unknown[])
      case 'h':
        return (options.handleName ?? ((step, path) => `result${step + 1}${pathText(path)}`))(
          Number(list[1]),
          list[2] as unknown[],
        )
      case '@':
        return node(Number(list[1]))
      default:
        throw new NotPrintable('an unknown value')
    }
  }

  const print = (each: unknown): string => {
    if (typeof each === 'string') return quoted(each)
    if (Array.isArray(each)) return special(each)
    return String(each)
  }

  const propertyKey = (key: unknown): string => {
    if (typeof key !== 'string') return `[${print(key)}]`
    if (key === '__proto__') return "['__proto__']"
    return identifier.test(key) || /^(0|[1-9]\d*)$/.test(key) ? key : quoted(key)
  }

  /** A getter of ours: what it gives. Undefined for any other. */
  const givenBy = (getter: unknown): string | undefined => {
    const of = Array.isArray(getter) && getter[0] === '@' ? graph.n[Number(getter[1])] : undefined
    return of?.['say'] === undefined ? undefined : print(of['say'])
  }

  const properties = (of: Node): string[] =>
    ownOf(of).map((property) => {
      const [key, flags, third] = property
      if (property.length === 2) return `${propertyKey(key)}: ${print(flags)}`
      const given = property.length === 4 ? givenBy(third) : undefined
      if (given === undefined) throw new NotPrintable('a property with a getter or special attributes')
      return `get ${propertyKey(key)}() { return ${given} }`
    })

  const bare = (of: Node): void => {
    if (of['o'] !== undefined || of['p'] !== undefined || of['x'] === 0)
      throw new NotPrintable(`extras on a value of kind ${of.k}`)
  }

  const object = (of: Node): string => {
    if (isFrozen(of)) return `Object.freeze(${object({ ...of, x: undefined, o: thawed(of) })})`
    if (of['x'] === 0) throw new NotPrintable('an object that is not extensible')
    const own = properties(of)
    if (of['p'] === null)
      return own.length === 0 ? 'Object.create(null)' : `Object.assign(Object.create(null), { ${own.join(', ')} })`
    if (of['p'] !== undefined) throw new NotPrintable('an instance of a class')
    return own.length === 0 ? '{}' : `{ ${own.join(', ')} }`
  }

  const array = (of: Node): string => {
    if (of['p'] !== undefined) throw new NotPrintable('an instance of a class')
    if (Array.isArray(of['v'])) return `[${of['v'].map(print).join(', ')}]`
    if (isFrozen(of)) return `Object.freeze(${array({ ...of, x: undefined, lw: undefined, o: thawed(of) })})`
    const length = Number(of['l'])
    const slots = new Map(ownOf(of).map((property) => [String(property[0]), property]))
    const isPlain = [...slots].every(([key, property]) => /^\d+$/.test(key) && property.length === 2)
    if (!isPlain || of['x'] === 0 || of['lw'] === 0 || length > 100) throw new NotPrintable('an array with extras')
    const items = Array.from({ length }, (_, i) => (slots.has(String(i)) ? ` ${print(slots.get(String(i))![1])}` : ''))
    // a hole at the end needs a comma of its own
    return `[${items.join(',').trimStart()}${items.at(-1) === '' ? ',' : ''}]`
  }

  const node = (id: number): string => {
    const of = graph.n[id] as Node
    if (open.has(id)) throw new NotPrintable('a cycle')
    // a promise has a name, and may stand in more than one place
    if (of.k !== 'p') uses.set(id, (uses.get(id) ?? 0) + 1)
    if ((uses.get(id) ?? 0) > 1) throw new NotPrintable('a shared object')
    open.add(id)
    try {
      return of['px'] === 1 && options.proxy !== undefined ? `${options.proxy} ${kind(of)}` : kind(of)
    } finally {
      open.delete(id)
    }
  }

  const promise = (of: Node): string => {
    const name = of['in'] === undefined ? options.ownPromise : options.promiseName?.(Number(of['in']))
    if (name === undefined) throw new NotPrintable('a promise')
    return name
  }

  const kind = (of: Node): string => {
    switch (of.k) {
      case 'o':
        return object(of)
      case 'a':
        return array(of)
      case 'd':
        bare(of)
        return `new Date(${print(of['t'])})`
      case 'r':
        if (of['li'] !== 0) throw new NotPrintable('a regular expression in use')
        bare(of)
        return `/${String(of['s'])}/${String(of['f'])}`
      case 'm':
        bare(of)
        return `new Map([${(of['e'] as unknown[][]).map(([key, each]) => `[${print(key)}, ${print(each)}]`).join(', ')}])`
      case 's':
        bare(of)
        return `new Set([${(of['e'] as unknown[]).map(print).join(', ')}])`
      case 'f': {
        const name = of['cb'] === undefined ? undefined : options.callbackName?.(Number(of['cb']))
        if (name === undefined) throw new NotPrintable('a function')
        return name
      }
      case 'p':
        bare(of)
        return promise(of)
      default:
        throw new NotPrintable(`a value of kind ${of.k}`)
    }
  }

  return print(value)
}

const elements = (graph: EncodedGraph): readonly unknown[] => {
  const root = graph.v
  const node = Array.isArray(root) && root[0] === '@' ? graph.n[Number(root[1])] : undefined
  return (node?.['v'] as unknown[] | undefined) ?? []
}

/** The arguments of a step, without its receiver. */
export const argumentsOf = (input: EncodedGraph): readonly unknown[] => elements(input).slice(1)
export const receiverOf = (input: EncodedGraph): unknown => elements(input)[0]

/** How people are told of what came in: as `callback1` and `promise1`. */
export const inputNames: PrintOptions = {
  callbackName: (id) => `callback${id + 1}`,
  promiseName: (id) => `promise${id + 1}`,
}

const loose = (graph: EncodedGraph, value: unknown): string => {
  try {
    return printValue(graph, value, inputNames)
  } catch (error) {
    if (!(error instanceof NotPrintable)) throw error
    return `<${error.message.replace(/^an? /, '')}>`
  }
}

/** A step on one line for people: `new Basket({})`, `result1.add('tea', 2.5)`. */
export const labelOf = (step: Omit<RawStep, 'input'> & { readonly input: Graph }): string => {
  const input = step.input as EncodedGraph
  const { target } = step
  const name =
    'module' in target ? lastName(target.module, target.path) : `result${target.step + 1}${pathText(target.path)}`
  const args = argumentsOf(input).map((each) => loose(input, each))
  const text =
    step.op === 'get'
      ? name
      : step.op === 'set'
        ? `${name} = ${args[0]}`
        : `${step.op === 'construct' ? 'new ' : ''}${name}(${args.join(', ')})`
  return text.length > 160 ? `${text.slice(0, 157)}...` : text
}
