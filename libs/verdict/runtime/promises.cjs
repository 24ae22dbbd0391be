'use strict'
// What a promise is besides what becomes of it: nothing, as a rule.

const inspect = require('util').inspect
const types = Object.assign({}, require('util').types)

/** The engine's own marks, which are there as long as somebody watches asynchronous hooks. */
const marks = new Set(['async_id_symbol', 'trigger_async_id_symbol', 'kResourceStore', 'async_context_frame'])

const isBookkeeping = (name) => typeof name === 'symbol' && marks.has(name.description)

/** A promise of the engine that nobody has made anything more of: one like it can stand in its place. */
const isBare = (value, intrinsics) =>
  types.isPromise(value) &&
  intrinsics.nameOf(Object.getPrototypeOf(value)) === 'Promise.prototype' &&
  Object.isExtensible(value) &&
  Reflect.ownKeys(value).every(isBookkeeping)

/** The one look at a promise that leaves no trace. Undefined where its value cannot be looked at. */
const stateOf = (promise) => {
  try {
    const text = inspect(promise, { depth: 0, customInspect: false, colors: false })
    if (/^[^{]*\{\s*<pending>/.test(text)) return 'pending'
    return /^[^{]*\{\s*<rejected>/.test(text) ? 'rejected' : 'fulfilled'
  } catch (error) {
    return undefined
  }
}

module.exports = { isBare, isBookkeeping, stateOf }
