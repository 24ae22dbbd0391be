'use strict'
// Stands between the project's tests and its modules, and writes down what the tests do: calls, constructions,
// methods of what came back, callbacks, writes. It must never be noticed: proxies keep name, length, own properties,
// prototype, `new` and `instanceof`, and whatever goes wrong in here only ends the recording.

const { recordsDir, isReference, hasBehaviour, rawOf, proxyOf, toUser } = require('./recorder-state.cjs')
const { emit } = require('./recorder-writing.cjs')
const { register, wrap, wrapExports } = require('./recorder-proxies.cjs')

/** For CommonJS: called at the end of an instrumented module. */
exports.module = (module, name) => {
  try {
    emit({ t: 'module', name })
    module.exports = wrapExports(module.exports, name)
  } catch (error) {
    emit({ t: 'broken', name, reason: String(error && error.message) })
  }
}

/** For ES modules: what `require` gives in the place of a namespace, wrapped like what CommonJS exports. */
exports.whole = (value, name) => {
  try {
    emit({ t: 'module', name })
    return wrapExports(value, name)
  } catch (error) {
    return value
  }
}

/** One more export of such a module. What is no member of the whole could not be found again: it is left as it is. */
exports.member = (value, whole, name, key) => {
  try {
    if (value === whole) return toUser(value)
    const descriptor = isReference(whole) ? Object.getOwnPropertyDescriptor(whole, key) : undefined
    return descriptor && descriptor.value === value ? exports.binding(value, name, key) : value
  } catch (error) {
    return value
  }
}

/** For ES modules: the wrapped binding of one export. */
exports.binding = (value, name, key) => {
  try {
    emit({ t: 'module', name })
    if (!isReference(value) || recordsDir === undefined || !hasBehaviour(value)) return value
    if (proxyOf.has(value) || rawOf.has(value)) return toUser(value)
    const ref = { module: name, path: [key] }
    register(value, ref, 2)
    return wrap(value, ref)
  } catch (error) {
    return value
  }
}
