'use strict'
// Names for what can be reached from the exports of a module, so that graphs refer to it by name.

const isReference = require('./intrinsics.cjs').isReference

/** exportRefs: value -> `{ module, path }`; isKnown(value): it has its name already, or is not to get one. */
const createRegister = ({ intrinsics, hasBehaviour, exportRefs, isKnown = () => false }) => {
  const child = ({ module, path }, key) => ({ module, path: path.concat([key]) })

  const notePrototype = (fn, ref) => {
    const descriptor = Object.getOwnPropertyDescriptor(fn, 'prototype')
    const proto = descriptor && descriptor.value
    if (isReference(proto) && intrinsics.nameOf(proto) === undefined && !exportRefs.has(proto))
      exportRefs.set(proto, child(ref, 'prototype'))
  }

  /** A value and what it holds, `level` members deep. */
  const register = (value, ref, level) => {
    if (!isReference(value) || exportRefs.has(value) || isKnown(value) || intrinsics.nameOf(value) !== undefined) return
    if (!hasBehaviour(value)) return
    exportRefs.set(value, { module: ref.module, path: ref.path })
    if (typeof value === 'function') notePrototype(value, ref)
    if (level === 0) return
    for (const key of Reflect.ownKeys(value)) {
      const descriptor =
        typeof key === 'string' && key !== 'prototype' ? Object.getOwnPropertyDescriptor(value, key) : undefined
      if (descriptor && 'value' in descriptor) register(descriptor.value, child(ref, key), level - 1)
    }
  }

  return { register, notePrototype }
}

module.exports = { createRegister }
