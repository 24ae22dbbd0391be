'use strict'
// Which values a test goes on to use as more than data: functions, and objects with methods.

const types = require('util').types

const dataPrototypes = new Set(
  (
    'Object Array Date RegExp Map Set Promise Error TypeError RangeError SyntaxError ReferenceError EvalError URIError ' +
    'AggregateError String Number Boolean Symbol BigInt ArrayBuffer SharedArrayBuffer DataView WeakMap WeakSet Buffer ' +
    'Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array Float32Array Float64Array BigInt64Array ' +
    'BigUint64Array Uint8ClampedArray URL URLSearchParams'
  )
    .split(' ')
    .map((name) => name + '.prototype')
    .concat('%TypedArray%.prototype'),
)

/** Objects whose built-in methods look at internal slots: a proxy in their place would be noticed. */
const hasSlots = (value) =>
  types.isNativeError(value) ||
  types.isDate(value) ||
  types.isRegExp(value) ||
  types.isMap(value) ||
  types.isSet(value) ||
  types.isBoxedPrimitive(value) ||
  types.isPromise(value) ||
  types.isAnyArrayBuffer(value) ||
  ArrayBuffer.isView(value) ||
  types.isWeakMap(value) ||
  types.isWeakSet(value) ||
  types.isModuleNamespaceObject(value) ||
  types.isProxy(value)

const ownFunctions = (value) => {
  const keys = Reflect.ownKeys(value)
  for (let i = 0; i < keys.length && i < 200; i++) {
    const descriptor = Object.getOwnPropertyDescriptor(value, keys[i])
    if (descriptor && ('value' in descriptor ? typeof descriptor.value === 'function' : true)) return true
  }
  return false
}

const createBehaviour = (intrinsics) => {
  /** A function, an instance of some class, an iterator, or an object that holds functions. */
  const hasBehaviour = (value) => {
    if (typeof value === 'function') return intrinsics.nameOf(value) === undefined
    if (typeof value !== 'object' || value === null) return false
    if (intrinsics.nameOf(value) !== undefined || hasSlots(value)) return false
    const proto = Object.getPrototypeOf(value)
    if (proto !== null && !dataPrototypes.has(intrinsics.nameOf(proto))) return true
    return ownFunctions(value)
  }
  return { hasBehaviour }
}

module.exports = { createBehaviour, hasSlots }
