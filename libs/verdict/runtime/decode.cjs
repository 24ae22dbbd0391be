'use strict'
// The way back from encode.cjs: live values for a replay.

const usual = {
  o: 'Object.prototype',
  a: 'Array.prototype',
  f: 'Function.prototype',
  e: 'Error.prototype',
}

class Undriven extends Error {}

/**
 * options: intrinsics; root; exportAt(module, path); handleAt(step, path);
 * stub(node): what a recorded callback does when it is called; promiseAt(number): one that comes in, the same each time;
 * onBuilt(value) for each object made
 */
const createDecoder = (options) => (graph) => {
  const built = new Map()
  const symbols = new Map()
  const fills = []

  const text = (value) => (value.indexOf('\u0000dir') >= 0 ? value.split('\u0000dir').join(options.root || '') : value)

  const symbol = (value) => {
    if (value[1] === 'known') return Symbol[value[2]]
    if (value[1] === 'for') return Symbol.for(value[2])
    if (!symbols.has(value[1])) symbols.set(value[1], Symbol(value[2] === null ? undefined : value[2]))
    return symbols.get(value[1])
  }

  const decode = (value) => {
    if (typeof value === 'string') return text(value)
    if (!Array.isArray(value)) return value
    switch (value[0]) {
      case 'u':
        return undefined
      case 'n':
        return value[1] === '-0' ? -0 : Number(value[1])
      case 'b':
        return BigInt(value[1])
      case 'y':
        return symbol(value)
      case '@':
        return build(value[1])
      case 'i': {
        const found = options.intrinsics.valueOf(value[1])
        if (found === undefined) throw new Undriven('no built-in ' + value[1])
        return found
      }
      case 'e':
        return options.exportAt(value[1], value[2])
      case 'h':
        return options.handleAt(value[1], value[2])
      default:
        throw new Undriven('unknown value ' + value[0])
    }
  }

  const key = (name) => (Array.isArray(name) ? symbol(name) : text(name))

  const shell = (node) => {
    switch (node.k) {
      case 'o':
        return {}
      case 'args':
        return (function () {
          return arguments
        })()
      case 'a':
        return []
      case 'f':
        return options.stub(node)
      case 'e':
        return new Error(node.m === undefined ? undefined : text(node.m))
      case 'd':
        return new Date(decode(node.t))
      case 'r':
        return new RegExp(text(node.s), node.f)
      case 'm':
        return new Map()
      case 's':
        return new Set()
      case 'bx':
        return Object(decode(node.v))
      case 'ab':
        return new Uint8Array(Buffer.from(node.d, 'base64')).buffer
      case 'ta':
        return view(node)
      case 'p':
        if (node.in !== undefined && options.promiseAt) return options.promiseAt(node.in)
        throw new Undriven('a value of kind p')
      case 'g':
      case 'w':
      default:
        throw new Undriven('a value of kind ' + node.k)
    }
  }

  const view = (node) => {
    const bytes = new Uint8Array(Buffer.from(node.d, 'base64'))
    if (Array.isArray(node.p) && node.p[1] === 'Buffer.prototype') return Buffer.from(bytes)
    const type = options.intrinsics.valueOf(node.c)
    return new type(bytes.buffer)
  }

  const define = (target, property) => {
    const name = key(property[0])
    const plain = property.length === 2
    const flags = plain ? 'wec' : property[1]
    const descriptor = { enumerable: flags.includes('e'), configurable: flags.includes('c') }
    if (property.length === 4) {
      descriptor.get = decode(property[2])
      descriptor.set = decode(property[3])
    } else {
      descriptor.writable = flags.includes('w')
      descriptor.value = decode(property[property.length - 1])
    }
    Object.defineProperty(target, name, descriptor)
  }

  const fill = (target, node) => {
    if (node.k === 'a') {
      if (node.v) node.v.forEach((each) => target.push(decode(each)))
      else target.length = node.l
    }
    if (node.k === 'm') node.e.forEach((entry) => Map.prototype.set.call(target, decode(entry[0]), decode(entry[1])))
    if (node.k === 's') node.e.forEach((each) => Set.prototype.add.call(target, decode(each)))
    if (node.k === 'r') target.lastIndex = decode(node.li)
    if (node.k === 'e') delete target.stack
    if (node.pr !== undefined) Object.defineProperty(target, 'prototype', { value: decode(node.pr), writable: true })
    for (const property of node.o || []) define(target, property)
    if (node.lw === 0) Object.defineProperty(target, 'length', { writable: false })
    if (node.x === 0) Object.preventExtensions(target)
  }

  const build = (id) => {
    if (built.has(id)) return built.get(id)
    const node = graph.n[id]
    const target = shell(node)
    built.set(id, target)
    if (options.onBuilt) options.onBuilt(target)
    if (node.p !== undefined) {
      const proto = decode(node.p)
      if (Object.getPrototypeOf(target) !== proto) Object.setPrototypeOf(target, proto)
    } else if (usual[node.k] === 'Function.prototype' && Object.getPrototypeOf(target) !== Function.prototype)
      Object.setPrototypeOf(target, Function.prototype)
    fills.push([target, node])
    return target
  }

  const root = decode(graph.v)
  while (fills.length > 0) {
    const next = fills.shift()
    fill(next[0], next[1])
  }
  return root
}

module.exports = { createDecoder, Undriven }
