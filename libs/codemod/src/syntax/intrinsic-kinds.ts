import {
  ARRAY,
  BOOLEAN,
  FUNCTION,
  NUMBER,
  OBJECT,
  REGEXP,
  STRING,
  SYMBOL,
  UNDEFINED,
  NULL,
  type Kinds,
} from './kinds.ts'

const table = (entries: Readonly<Record<string, string>>): ReadonlyMap<string, Kinds> => {
  const kinds: Readonly<Record<string, Kinds>> = {
    string: STRING,
    number: NUMBER,
    boolean: BOOLEAN,
    array: ARRAY,
    object: OBJECT,
    regexp: REGEXP,
    symbol: SYMBOL,
    function: FUNCTION,
    text: STRING | UNDEFINED,
    undefined: UNDEFINED,
    match: ARRAY | NULL,
  }
  return new Map(
    Object.entries(entries).flatMap(([kind, names]) => names.split(' ').map((name) => [name, kinds[kind]!])),
  )
}

/** What a call of a global function gives. */
export const globalCalls = table({
  string: 'String encodeURIComponent encodeURI decodeURIComponent decodeURI escape unescape',
  number: 'Number parseInt parseFloat',
  boolean: 'Boolean isNaN isFinite',
  array: 'Array',
  symbol: 'Symbol',
  regexp: 'RegExp',
})

/** What a call of a function on a global object gives. */
export const staticCalls = table({
  array:
    'Object.keys Object.values Object.entries Object.getOwnPropertyNames Object.getOwnPropertySymbols Array.from Array.of Reflect.ownKeys',
  boolean:
    'Array.isArray Object.is Object.isFrozen Object.hasOwn Number.isNaN Number.isInteger Number.isFinite Number.isSafeInteger Buffer.isBuffer',
  number:
    'Math.abs Math.ceil Math.floor Math.round Math.trunc Math.max Math.min Math.pow Math.sqrt Math.random Math.log Math.sign Math.exp Math.log2 Math.log10 Date.now Number.parseFloat Number.parseInt performance.now',
  text: 'JSON.stringify',
  string: 'String.fromCharCode String.fromCodePoint',
})

export const stringMethods = table({
  string:
    'slice substring substr trim trimStart trimEnd trimLeft trimRight toLowerCase toUpperCase toLocaleLowerCase toLocaleUpperCase replace replaceAll concat repeat padStart padEnd charAt normalize toString valueOf',
  number: 'indexOf lastIndexOf charCodeAt search localeCompare length',
  array: 'split',
  boolean: 'includes startsWith endsWith',
  match: 'match',
})

/** Methods of texts that leave it to an object what they give: `Symbol.replace`, `Symbol.split` ... */
export const matchingMethods: ReadonlySet<string> = new Set(['replace', 'replaceAll', 'split', 'match', 'search'])

export const arrayMethods = table({
  string: 'join toString toLocaleString',
  number: 'indexOf lastIndexOf push unshift findIndex findLastIndex length',
  array: 'slice concat map filter splice reverse sort flat flatMap fill copyWithin toSorted toReversed toSpliced with',
  boolean: 'some every includes',
  undefined: 'forEach',
})

export const numberMethods = table({
  string: 'toString toFixed toPrecision toExponential toLocaleString',
  number: 'valueOf',
})

export const regexpMethods = table({ boolean: 'test', match: 'exec', string: 'source flags toString' })

/** Array methods that call their first argument, at once and never with `new`. */
export const iterationMethods: ReadonlySet<string> = new Set(
  'forEach map filter some every find findIndex findLast findLastIndex reduce reduceRight sort flatMap toSorted'.split(
    ' ',
  ),
)
