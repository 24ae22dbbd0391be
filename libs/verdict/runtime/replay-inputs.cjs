'use strict'
// What a session hands in: values, the tests' functions and their promises, and what became of these.

const { createDecoder } = require('./decode.cjs')
const { createCallbacks } = require('./replay-callbacks.cjs')
const { createSettlements } = require('./settlements.cjs')

const assign = Object.assign
const unhandled = new WeakMap() // promise that came in -> the session's list of those that nobody handles, its number

/** The engine tells of a rejection. @returns whether it is that of a promise that a session handed in */
const noteUnhandled = (promise, isHandledNow) => {
  const own = unhandled.get(promise)
  if (own === undefined) return false
  if (isHandledNow) own.unlooked.delete(own.id)
  else own.unlooked.add(own.id)
  return true
}

/** refs: intrinsics, root, exportAt and handleAt as decoders take them; writing: of the same session */
const createInputs = ({ session, refs, writing }) => {
  const foreign = new WeakSet() // what the session passed in: it is not the package's to hand out
  const unlooked = new Set() // numbers of promises that came in and are rejected, with nobody to handle it
  const gave = [] // what promises gave that is not the package's own, and how that was written
  let undriven

  const callbacks = createCallbacks({
    answers: session.callbacks || {},
    look: writing.look,
    log: (what, values) => writing.log(what, values),
    happened: (event) => settlements.happened(event),
    decode: (graph) => decode(graph),
  })

  const settlements = createSettlements({
    promises: session.promises || {},
    valueOf: (graph, id) => {
      if (Array.isArray(graph)) return callbacks.givenTo(graph[1], graph[2])[graph[3] + 1]
      const value = decode(graph)
      if (foreign.has(value)) gave.push({ id, value, before: writing.text(value) })
      return value
    },
    fail: (error) => {
      undriven = String(error && error.message)
    },
  })

  const promiseAt = (id) => {
    const promise = settlements.promiseAt(id)
    unhandled.set(promise, { id, unlooked })
    return promise
  }

  const onBuilt = (value) => foreign.add(value)
  const decode = createDecoder(assign({ stub: callbacks.stub, promiseAt, onBuilt }, refs))

  return {
    decode,
    callbacks,
    settlements,
    isIncoming: (value) => settlements.numberOf(value) !== undefined,
    isForeign: (value) => foreign.has(value),
    /** Why a promise could not be given what it gave. */
    undriven: () => undriven,
    /** Promises that came in and are rejected, with nobody to handle it. */
    unlookedTexts: () =>
      Array.from(unlooked)
        .sort((a, b) => a - b)
        .map((id) => 'nobody handles the rejection of promise' + (id + 1)),
    /** Like arguments, what promises gave may have been changed. */
    changedTexts: () =>
      gave
        .sort((a, b) => a.id - b.id)
        .map(({ id, value, before }) => ({ id, before, after: writing.text(value) }))
        .filter(({ before, after }) => before !== after)
        .map(({ id, after }) => 'promise ' + id + ' ' + after),
  }
}

module.exports = { createInputs, noteUnhandled }
