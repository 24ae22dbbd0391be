'use strict'
// What the tests get instead of exports and of what these return: the same to look at, and every use is recorded.

const types = require('util').types
const { recordsDir, intrinsics, isReference, hasBehaviour, now } = require('./recorder-state.cjs')
const { rawOf, proxyOf, exportRefs, handleRefs, foreign, unwrap, toUser, isPlain } = require('./recorder-state.cjs')
const { poison, incoming, report } = require('./recorder-writing.cjs')
const { begin, createCalls, find } = require('./recorder-calls.cjs')
const { createRegister } = require('./register-exports.cjs')

/** Exports get their names before anything is recorded; what has a twin is under way already. */
const isKnown = (value) => rawOf.has(value) || proxyOf.has(value)
const { register, notePrototype } = createRegister({ intrinsics, hasBehaviour, exportRefs, isKnown })

const wrapResult = (value, step) => {
  if (!isReference(value) || foreign.has(value)) return value
  if (proxyOf.has(value) || rawOf.has(value)) return toUser(value)
  if (!hasBehaviour(value)) return value
  return wrap(value, { session: step.session, seq: step.seq, path: [] })
}

const { invoke } = createCalls(wrapResult)

const child = (ref, key, holder) => {
  const step = typeof key === 'symbol' ? { symbol: String(key.description).replace(/^Symbol\./, '') } : key
  return Object.assign({}, ref, { path: ref.path.concat([step]), holder: () => holder })
}

const pinned = (target, key) => {
  const descriptor = Object.getOwnPropertyDescriptor(target, key)
  return descriptor !== undefined && !descriptor.configurable && 'value' in descriptor && !descriptor.writable
}

const accessorOf = (target, key) => {
  for (let object = target; object !== null; object = Object.getPrototypeOf(object)) {
    if (intrinsics.nameOf(object) !== undefined) return undefined
    const descriptor = Object.getOwnPropertyDescriptor(object, key)
    if (descriptor !== undefined) return descriptor.get
  }
  return undefined
}

const readProperty = (target, key, ref) => {
  const getter = ref.module === undefined ? accessorOf(target, key) : undefined
  if (getter !== undefined && now.depth === 0) return invoke('get', child(ref, key, target), getter, target, [])
  now.depth++
  try {
    return Reflect.get(target, key, target)
  } finally {
    now.depth--
  }
}

const traps = (ref, proxyRef) => ({
  apply: (target, receiver, args) => invoke('call', ref, target, receiver, args),
  construct: (target, args, newTarget) => {
    // a subclass made by the tests keeps its own instances: their private fields would not survive a proxy
    if (newTarget !== proxyRef.proxy && newTarget !== target)
      return Reflect.construct(target, args.map(unwrap), newTarget)
    return invoke('construct', ref, target, undefined, args, proxyRef.proxy, newTarget)
  },
  get: (target, key, receiver) => {
    const inherits = receiver !== proxyRef.proxy
    const value = inherits ? Reflect.get(target, key, receiver) : readProperty(target, key, ref)
    incoming.goesOut(value)
    if (!isReference(value) || key === 'prototype' || key === 'constructor' || pinned(target, key))
      return toUserUnlessPinned(target, key, value)
    if (rawOf.has(value) || proxyOf.has(value) || foreign.has(value)) return toUser(value)
    if (
      key === Symbol.iterator ||
      key === Symbol.asyncIterator ||
      hasBehaviour(value) ||
      inheritedMethod(target, value, ref)
    )
      return wrap(value, child(ref, key, target))
    return value
  },
  set: (target, key, value, receiver) => {
    // an object of the tests' own that inherits from this one: what is written belongs to it
    if (receiver !== proxyRef.proxy) return Reflect.set(target, key, value, receiver)
    if (now.depth === 0 && ref.module === undefined) recordWrite(ref, target, key, value)
    return Reflect.set(target, key, unwrap(value), target)
  },
  deleteProperty: (target, key) => {
    if (now.depth === 0 && ref.session !== undefined) poison(find(ref.session), 'a property was deleted')
    return Reflect.deleteProperty(target, key)
  },
})

const toUserUnlessPinned = (target, key, value) => (pinned(target, key) ? value : toUser(value))

/** `emitter.on`, `map.get` of a subclass: built-in methods of a handle are steps too, Object.prototype's are not. */
const inheritedMethod = (target, value, ref) => {
  if (ref.module !== undefined || typeof value !== 'function') return false
  const name = intrinsics.nameOf(value)
  return name !== undefined && !/^(Object|Function|Array)\.prototype\./.test(name)
}

const recordWrite = (ref, target, key, value) => {
  now.depth++
  try {
    const begun = begin('set', child(ref, key, target), undefined, [unwrap(value)])
    report(begun.step, 'return', undefined)
  } finally {
    now.depth--
  }
}

// a built-in method is shared by all objects, so its recording twin belongs to one holder
const builtinTwins = new WeakMap()

const wrap = (raw, ref) => {
  if (types.isProxy(raw)) return raw
  const builtin = typeof raw === 'function' && intrinsics.nameOf(raw) !== undefined
  const shared = builtin || (ref.module === undefined && ref.path.length > 0 && typeof raw === 'function')
  if (!shared) {
    if (ref.module !== undefined) exportRefs.set(raw, { module: ref.module, path: ref.path })
    else handleRefs.set(raw, { session: ref.session, seq: ref.seq, path: ref.path })
    if (ref.module !== undefined && typeof raw === 'function') notePrototype(raw, ref)
  }
  const holder = ref.holder && ref.holder()
  if (shared) {
    const twins = builtinTwins.get(holder) || new Map()
    builtinTwins.set(holder, twins)
    if (twins.has(raw)) return twins.get(raw)
    const twin = makeProxy(raw, ref)
    twins.set(raw, twin)
    return twin
  }
  const proxy = makeProxy(raw, ref)
  proxyOf.set(raw, proxy)
  return proxy
}

const makeProxy = (raw, ref) => {
  const proxyRef = {}
  const handler = traps(ref, proxyRef)
  if (typeof raw !== 'function') {
    delete handler.apply
    delete handler.construct
  }
  proxyRef.proxy = new Proxy(raw, handler)
  rawOf.set(proxyRef.proxy, raw)
  return proxyRef.proxy
}

const wrapExports = (value, name) => {
  if (!isReference(value) || recordsDir === undefined) return value
  if (proxyOf.has(value)) return proxyOf.get(value)
  const ref = { module: name, path: [] }
  if (!hasBehaviour(value) && !(typeof value === 'object' && isPlain(value))) return value
  register(value, ref, 2)
  if (typeof value !== 'function' && (Object.isFrozen(value) || types.isModuleNamespaceObject(value))) return value
  return wrap(value, ref)
}

module.exports = { register, wrap, wrapExports }
