'use strict'
// The built-in objects by name, so that values can travel between processes. Plain old JavaScript: this runs inside
// the sandbox, in whatever Node version the project uses, possibly inside a test runner's own realm.

const vm = require('vm')

const moduleNames = ['events', 'stream', 'util', 'path', 'url', 'buffer']

/** Own data properties and accessors, without running any getter. */
const parts = (object) => {
  const found = []
  let keys
  try {
    keys = Reflect.ownKeys(object)
  } catch (error) {
    return found
  }
  for (const key of keys) {
    const descriptor = Object.getOwnPropertyDescriptor(object, key)
    if (descriptor === undefined) continue
    const label = typeof key === 'symbol' ? '@@' + (key.description || '').replace(/^Symbol\./, '') : key
    if ('value' in descriptor) found.push([label, descriptor.value])
    else {
      if (descriptor.get) found.push(['get ' + label, descriptor.get])
      if (descriptor.set) found.push(['set ' + label, descriptor.set])
    }
  }
  return found
}

const hidden = (evaluate) => {
  const make = (source) => {
    try {
      return evaluate(source)
    } catch (error) {
      return undefined // syntax that this Node version does not have
    }
  }
  return [
    ['%GeneratorFunction%', make('Object.getPrototypeOf(function*(){}).constructor')],
    ['%AsyncFunction%', make('Object.getPrototypeOf(async function(){}).constructor')],
    ['%AsyncGeneratorFunction%', make('Object.getPrototypeOf(async function*(){}).constructor')],
    ['%TypedArray%', make('Object.getPrototypeOf(Uint8Array)')],
    ['%IteratorPrototype%', make('Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()))')],
    ['%ArrayIteratorPrototype%', make('Object.getPrototypeOf([][Symbol.iterator]())')],
    ['%MapIteratorPrototype%', make('Object.getPrototypeOf(new Map()[Symbol.iterator]())')],
    ['%SetIteratorPrototype%', make('Object.getPrototypeOf(new Set()[Symbol.iterator]())')],
    ['%StringIteratorPrototype%', make('Object.getPrototypeOf(""[Symbol.iterator]())')],
    ['%RegExpStringIteratorPrototype%', make('Object.getPrototypeOf("".matchAll(/a/g))')],
    ['%AsyncIteratorPrototype%', make('Object.getPrototypeOf(Object.getPrototypeOf((async function*(){}).prototype))')],
    [
      '%ThrowTypeError%',
      make('Object.getOwnPropertyDescriptor((function(){"use strict";return arguments})(),"callee").get'),
    ],
  ]
}

/** Asked for by the realm's own function: some are made when they are first read, and in another realm Node aborts. */
const globalsOf = (globalObject, describe) =>
  Reflect.ownKeys(globalObject)
    .filter(
      (key) => typeof key === 'string' && !/^(__|jest|test$|it$|describe|expect|before|after|fit$|xit$)/.test(key),
    )
    .map((key) => [key, describe(globalObject, key)])
    .filter((entry) => entry[1] !== undefined && 'value' in entry[1])
    .map((entry) => [entry[0], entry[1].value])

const isReference = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function'

/** Names of one realm's built-ins, breadth first, so that the shortest name wins. */
const walk = (roots, byValue, byName) => {
  let level = roots.filter((entry) => isReference(entry[1]))
  for (let depth = 0; depth < 5 && level.length > 0; depth++) {
    const next = []
    for (const entry of level) {
      const name = entry[0]
      const value = entry[1]
      if (!isReference(value) || byValue.has(value)) continue
      byValue.set(value, name)
      if (!byName.has(name)) byName.set(name, value)
      if (name === 'globalThis' || name === 'process' || name === 'console') continue
      for (const part of parts(value)) if (isReference(part[1])) next.push([name + '.' + part[0], part[1]])
    }
    level = next
  }
}

/**
 * @returns {{nameOf(value): string|undefined, valueOf(name): any}} built-ins of this realm and of the main realm
 */
const createIntrinsics = () => {
  const byValue = new Map()
  const byName = new Map()
  const here = globalThis
  const rootsOf = (globalObject, evaluate) =>
    [['globalThis', globalObject]].concat(
      hidden(evaluate),
      globalsOf(globalObject, evaluate('Object.getOwnPropertyDescriptor')).filter((entry) => entry[1] !== globalObject),
    )
  walk(
    rootsOf(here, (source) => (0, eval)(source)),
    byValue,
    byName,
  )
  const main = vm.runInThisContext('globalThis')
  if (main !== here)
    walk(
      rootsOf(main, (source) => vm.runInThisContext(source)),
      byValue,
      byName,
    )
  walk(
    moduleNames.map((name) => ['node:' + name, require(name)]),
    byValue,
    byName,
  )
  return {
    nameOf: (value) => byValue.get(value),
    valueOf: (name) => byName.get(name),
    entries: () => Array.from(byName),
    alias: (value, name) => {
      byValue.set(value, name)
      byName.set(name, value)
    },
  }
}

module.exports = { createIntrinsics, isReference }
