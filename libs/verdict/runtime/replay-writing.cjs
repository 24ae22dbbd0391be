'use strict'
// What a session does, as canonical texts: outcomes, and the events on the way to them.

const isPromise = require('util').types.isPromise
const { createEncoder } = require('./encode.cjs')
const { isBare } = require('./promises.cjs')
const { Exit } = require('./pins.cjs')

const stringify = JSON.stringify
const assign = Object.assign
const maxSize = 4 * 1024 * 1024

/**
 * names: intrinsics, root, exportOf, markOf, callbackOf and promiseOf as encoders take them; constructed (WeakSet of
 * errors that code made): the wording of all others is the engine's; look() is called when code of the package has run
 */
const createWriting = (names, constructed, look) => {
  const events = []
  const engine = [] // the wording of the engine's own errors
  let gives // promises of the package inside of the outcome that is being written

  const encode = createEncoder(
    assign({}, names, {
      maxSize,
      constructed,
      onReference: (value) => {
        if (gives !== undefined && isPromise(value) && names.promiseOf(value) === undefined) gives.push(value)
      },
    }),
  )
  const encodePlain = createEncoder(assign({}, names, { maxSize }))

  const text = (value) => {
    try {
      const encoded = encode(value)
      engine.push(...encoded.facts.engineErrors)
      return stringify(encoded.graph)
    } catch (error) {
      return '"' + (error instanceof RangeError ? 'too deep' : 'not to be written down') + '"'
    }
  }

  /** With the engine's own wording; undefined where that cannot be written. */
  const plainText = (kind, value) => {
    try {
      return kind + ' ' + stringify(encodePlain(value).graph)
    } catch (error) {
      return undefined
    }
  }

  const lookAndWrite = (value) => {
    look()
    return text(value)
  }

  const log = (what, values) => events.push(what + ' ' + lookAndWrite(values))

  const takeEvents = () => events.splice(0)

  /**
   * One canonical text: what came out, what the arguments became, what happened on the way; and the promises that stand
   * inside of it. `input` and how it was written `before`, where there were arguments; `through`, a text, what was
   * waited for.
   */
  const outcome = (kind, value, input, before, through) => {
    look()
    const happened = takeEvents()
    const from = engine.length
    gives = []
    const written = value instanceof Exit ? '"exit"' : text(value)
    const promises = gives
    gives = undefined
    const after = text(input)
    const wording = engine.slice(from)
    const parts = [kind + ' ' + written].concat(after === before ? [] : ['args ' + after], through || [], happened)
    const needsPlain = wording.length > 0 || value instanceof Exit
    return {
      promises,
      step: {
        out: parts.join('\n'),
        plain: needsPlain ? plainText(kind, value) : undefined,
        engine: wording.length > 0 ? wording : undefined,
      },
    }
  }

  /** What is waited for, where it is more than a promise of the engine: not all who wait get the same from it. */
  const waitedFor = (value) => (isBare(value, names.intrinsics) ? undefined : 'through ' + lookAndWrite(value))

  return { look, text, lookAndWrite, log, takeEvents, outcome, waitedFor }
}

module.exports = { createWriting }
