'use strict'
// Values as a canonical graph. Equal JSON means: no program could tell the values apart, except by source text,
// stacks and identity with things outside of the graph.
//
// value: null, booleans, strings and ordinary numbers are themselves; everything else is an array:
//   ['u'] undefined, ['n', text] other numbers, ['b', digits] bigint, ['y', ...] symbol,
//   ['@', node] object of this graph, ['i', name] built-in, ['e', module, path] export, ['h', step, path] handle
// node: { k: kind, p: prototype unless the usual one, o: own properties, x: 0 when not extensible, ... }; of a proxy
// (px: 1) what it shows, for what it does nobody can tell; of a stream
// (st: how it was set up) without what the engine keeps in it; of a promise that came in (in: its number) what it is
// settled with is told elsewhere, of any other nothing is
// own property: [key, value] or [key, flags, value] or [key, flags, get, set]

const types = Object.assign({}, require('util').types)
const isReference = require('./intrinsics.cjs').isReference
const streams = require('./streams.cjs')
const promises = require('./promises.cjs')

const apply = Reflect.apply
const getTime = Date.prototype.getTime
const sourceOf = Object.getOwnPropertyDescriptor(RegExp.prototype, 'source').get
const bytesFrom = Buffer.from
const bytesText = Buffer.prototype.toString

class TooLarge extends Error {}

const flagsOf = (descriptor) =>
  (descriptor.writable ? 'w' : '') + (descriptor.enumerable ? 'e' : '') + (descriptor.configurable ? 'c' : '')

const isConstructor = (value) => {
  try {
    Reflect.construct(Object, [], value)
    return true
  } catch (error) {
    return false
  }
}

const wellKnown = new Map(
  Reflect.ownKeys(Symbol)
    .map((key) => [Symbol[key], String(key)])
    .filter((entry) => typeof entry[0] === 'symbol'),
)

const skipInFunctions = new Set(['length', 'name', 'prototype', 'arguments', 'caller'])

const boxes = [
  [types.isStringObject, String],
  [types.isNumberObject, Number],
  [types.isBooleanObject, Boolean],
  [types.isSymbolObject, Symbol],
  [types.isBigIntObject || (() => false), typeof BigInt === 'undefined' ? Object : BigInt],
]

/**
 * options: intrinsics; root (folder whose name is written as a placeholder); unwrap(value); exportOf(value);
 * handleOf(value) for inputs; markOf(value) for outcomes; callbackOf(function); constructed (WeakSet of errors that
 * code made, absent while recording); promiseOf(promise) gives the number of one that came in; onReference(value) for
 * each object written; maxSize (about characters)
 */
const createEncoder = (options) => {
  const intrinsics = options.intrinsics
  const maxSize = options.maxSize || 65536

  return (given) => {
    const ids = new Map()
    const symbols = new Map()
    const nodes = []
    const facts = { undriven: undefined, engineErrors: [] }
    let size = 0

    const spend = (amount) => {
      size += amount
      if (size > maxSize) throw new TooLarge('larger than ' + maxSize)
    }

    const text = (value) => {
      spend(value.length + 2)
      const stackless = value.indexOf('\n    at ') < 0 ? value : value.replace(/\n    at [^\n]*/g, '')
      return options.root && stackless.indexOf(options.root) >= 0
        ? stackless.split(options.root).join('\u0000dir')
        : stackless
    }

    const symbol = (value) => {
      if (wellKnown.has(value)) return ['y', 'known', wellKnown.get(value)]
      const key = Symbol.keyFor(value)
      if (key !== undefined) return ['y', 'for', key]
      if (!symbols.has(value)) symbols.set(value, symbols.size)
      return ['y', symbols.get(value), value.description === undefined ? null : value.description]
    }

    const encode = (original) => {
      const value = options.unwrap ? options.unwrap(original) : original
      spend(3)
      switch (typeof value) {
        case 'string':
          return text(value)
        case 'boolean':
          return value
        case 'undefined':
          return ['u']
        case 'number':
          if (Number.isFinite(value) && !Object.is(value, -0)) return value
          return ['n', Object.is(value, -0) ? '-0' : String(value)]
        case 'bigint':
          return ['b', String(value)]
        case 'symbol':
          return symbol(value)
        default:
          return value === null ? null : reference(value)
      }
    }

    const reference = (value) => {
      if (ids.has(value)) return ['@', ids.get(value)]
      const name = intrinsics.nameOf(value)
      if (name !== undefined) return ['i', name]
      const exported = options.exportOf && options.exportOf(value)
      if (exported) return ['e', exported.module, exported.path]
      const handle = options.handleOf && options.handleOf(value)
      if (handle) return handle
      if (options.onReference) options.onReference(value)
      const id = nodes.length
      ids.set(value, id)
      nodes.push(undefined)
      spend(16)
      const node = describe(value)
      if (types.isProxy(value)) node.px = 1
      const mark = options.markOf && options.markOf(value)
      if (mark !== undefined) node.h = mark
      nodes[id] = node
      return ['@', id]
    }

    const key = (name) => (typeof name === 'symbol' ? symbol(name) : text(name))

    const properties = (node, value, skip) => {
      const own = []
      for (const name of Reflect.ownKeys(value)) {
        if (skip && skip(name)) continue
        const descriptor = Object.getOwnPropertyDescriptor(value, name)
        if (descriptor === undefined) continue
        const flags = flagsOf(descriptor)
        if (!('value' in descriptor)) own.push([key(name), flags, encode(descriptor.get), encode(descriptor.set)])
        else if (flags === 'wec') own.push([key(name), encode(descriptor.value)])
        else own.push([key(name), flags, encode(descriptor.value)])
      }
      if (own.length > 0) node.o = own
      if (!Object.isExtensible(value)) node.x = 0
    }

    const prototype = (node, value, usual) => {
      const proto = Object.getPrototypeOf(value)
      const name = proto === null ? 'null' : intrinsics.nameOf(proto)
      if (name !== usual) node.p = proto === null ? null : reference(proto)
    }

    const withRest = (node, value, usual, skip) => {
      prototype(node, value, usual)
      properties(node, value, skip)
      return node
    }

    const array = (value) => {
      const node = { k: 'a' }
      prototype(node, value, 'Array.prototype')
      const keys = Reflect.ownKeys(value)
      const dense =
        keys.length === value.length + 1 &&
        Object.isExtensible(value) &&
        keys.slice(0, -1).every((name) => {
          const descriptor = Object.getOwnPropertyDescriptor(value, name)
          return 'value' in descriptor && flagsOf(descriptor) === 'wec'
        })
      if (dense) {
        node.v = []
        for (let i = 0; i < value.length; i++) node.v.push(encode(value[i]))
      } else {
        node.l = value.length
        const length = Object.getOwnPropertyDescriptor(value, 'length')
        if (!length.writable) node.lw = 0
        properties(node, value, (name) => name === 'length')
      }
      return node
    }

    const usualPrototypeProperty = (value, descriptor) => {
      const proto = descriptor.value
      if (!isReference(proto)) return false
      const keys = Reflect.ownKeys(proto)
      if (types.isGeneratorFunction(value)) return keys.length === 0
      return (
        keys.length === 1 &&
        keys[0] === 'constructor' &&
        Object.getOwnPropertyDescriptor(proto, 'constructor').value === value &&
        intrinsics.nameOf(Object.getPrototypeOf(proto)) === 'Object.prototype'
      )
    }

    const fn = (value) => {
      const node = { k: 'f' }
      const name = Object.getOwnPropertyDescriptor(value, 'name')
      const length = Object.getOwnPropertyDescriptor(value, 'length')
      node.n = name && typeof name.value === 'string' ? text(name.value) : ''
      node.l = length && typeof length.value === 'number' ? length.value : ['u']
      if (isConstructor(value)) node.c = 1
      const descriptor = Object.getOwnPropertyDescriptor(value, 'prototype')
      if (descriptor && !descriptor.writable && node.c) node.w = 0 // a class: cannot be called without new
      const callback = options.callbackOf && options.callbackOf(value)
      if (callback !== undefined) node.cb = callback
      prototype(node, value, 'Function.prototype')
      properties(node, value, (each) => skipInFunctions.has(each))
      if (descriptor && 'value' in descriptor && !usualPrototypeProperty(value, descriptor))
        node.pr = encode(descriptor.value)
      return node
    }

    const error = (value) => {
      const made = !types.isNativeError(value) || options.constructed === undefined || options.constructed.has(value)
      const message = Object.getOwnPropertyDescriptor(value, 'message')
      const usual = message && typeof message.value === 'string' && !message.enumerable
      const wording = usual ? text(message.value) : undefined
      const node = { k: 'e' }
      prototype(node, value, 'Error.prototype')
      if (!made) {
        // the engine's own wording is not the package's behaviour
        facts.engineErrors.push(wording)
        node.g = 1
        const code = Object.getOwnPropertyDescriptor(value, 'code')
        if (code && typeof code.value === 'string') node.code = code.value
        return node
      }
      if (wording !== undefined) node.m = wording
      properties(node, value, (name) => name === 'stack' || (name === 'message' && wording !== undefined))
      return node
    }

    const bytes = (buffer, offset, length) => {
      spend(length * 1.4)
      return apply(bytesText, bytesFrom(buffer, offset, length), ['base64'])
    }

    const isIndex = (name) => typeof name === 'string' && /^\d+$/.test(name)

    const view = (value) => {
      const name = types.isDataView(value) ? 'DataView' : value[Symbol.toStringTag]
      const node = { k: 'ta', c: name, d: bytes(value.buffer, value.byteOffset, value.byteLength) }
      return withRest(node, value, name + '.prototype', isIndex)
    }

    const exotic = (value) => {
      if (types.isDate(value))
        return withRest({ k: 'd', t: encode(apply(getTime, value, [])) }, value, 'Date.prototype')
      if (types.isRegExp(value)) {
        const node = { k: 'r', s: text(apply(sourceOf, value, [])), f: value.flags, li: encode(value.lastIndex) }
        return withRest(node, value, 'RegExp.prototype', (name) => name === 'lastIndex')
      }
      if (types.isMap(value)) {
        const entries = []
        Map.prototype.forEach.call(value, (each, name) => entries.push([encode(name), encode(each)]))
        return withRest({ k: 'm', e: entries }, value, 'Map.prototype')
      }
      if (types.isSet(value)) {
        const entries = []
        Set.prototype.forEach.call(value, (each) => entries.push(encode(each)))
        return withRest({ k: 's', e: entries }, value, 'Set.prototype')
      }
      if (types.isBoxedPrimitive(value)) return boxed(value)
      if (types.isAnyArrayBuffer(value))
        return withRest({ k: 'ab', d: bytes(value, 0, value.byteLength) }, value, 'ArrayBuffer.prototype')
      if (ArrayBuffer.isView(value)) return view(value)
      if (types.isPromise(value)) return promise(value)
      if (types.isGeneratorObject(value)) return { k: 'g' }
      if (types.isWeakMap(value) || types.isWeakSet(value)) return { k: 'w' }
      if (types.isModuleNamespaceObject(value)) return { k: 'ns', o: Reflect.ownKeys(value).map((name) => [key(name)]) }
      return undefined
    }

    const promise = (value) => {
      const node = { k: 'p' }
      const number = options.promiseOf && options.promiseOf(value)
      if (number !== undefined) node.in = number
      return withRest(node, value, 'Promise.prototype', promises.isBookkeeping)
    }

    const boxed = (value) => {
      const owner = boxes.filter((each) => each[0](value))[0]
      const inner = owner[1].prototype.valueOf.call(value)
      const usual = owner[1].name
      const skip = typeof inner === 'string' ? (name) => name === 'length' || isIndex(name) : undefined
      return withRest({ k: 'bx', v: encode(inner) }, value, usual + '.prototype', skip)
    }

    /** Old-style errors (a function whose prototype inherits from Error's) carry a stack too. */
    const isError = (value) => {
      if (types.isNativeError(value)) return true
      for (let proto = Object.getPrototypeOf(value); proto !== null; proto = Object.getPrototypeOf(proto))
        if (intrinsics.nameOf(proto) === 'Error.prototype') return true
      return false
    }

    const stream = (value) => {
      const node = { k: 'o' }
      const settings = streams.setUp(value)
      if (settings !== undefined) node.st = settings
      return withRest(node, value, 'Object.prototype', streams.isBookkeeping)
    }

    const describe = (value) => {
      if (types.isProxy(value)) facts.undriven = facts.undriven || 'a proxy'
      if (typeof value === 'function') return fn(value)
      if (Array.isArray(value)) return array(value)
      if (isError(value)) return error(value)
      const special = exotic(value)
      if (special !== undefined) {
        const isDriven = special.k === 'p' && special.in !== undefined
        if (!isDriven && (special.k === 'p' || special.k === 'g' || special.k === 'w' || special.k === 'ns'))
          facts.undriven =
            facts.undriven || { p: 'a promise', g: 'a generator', w: 'a weak collection', ns: 'a module' }[special.k]
        return special
      }
      if (streams.isStream(value)) return stream(value)
      return withRest({ k: types.isArgumentsObject(value) ? 'args' : 'o' }, value, 'Object.prototype')
    }

    const root = encode(given)
    return { graph: { v: root, n: nodes }, facts }
  }
}

module.exports = { createEncoder, TooLarge, isConstructor }
