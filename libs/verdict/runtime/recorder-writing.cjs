'use strict'
// Writes down what happens, value by value, in lines that are read when the tests are through.

const fs = require('fs')
const path = require('path')
const types = require('util').types
const { createEncoder, TooLarge } = require('./encode.cjs')
const { createIncoming } = require('./incoming.cjs')
const { recordsDir, root, limits, intrinsics, isReference, now, running, unwrap } = require('./recorder-state.cjs')
const { exportRefs, handleRefs, callbackIds, foreign } = require('./recorder-state.cjs')

let file
const emit = (record) => {
  if (recordsDir === undefined) return
  if (file === undefined)
    file = fs.openSync(path.join(recordsDir, process.pid + '-' + process.hrtime().join('-') + '.ndjson'), 'a')
  fs.writeSync(file, JSON.stringify(record) + '\n')
}

/** What others may have happened before or behind. */
const emitEvent = (record) => emit(Object.assign(record, { run: incoming.currentRun() }))

const encoderFor = (maxSize, withHandles) =>
  createEncoder({
    intrinsics,
    maxSize,
    root,
    unwrap,
    exportOf: (value) => exportRefs.get(value),
    handleOf: withHandles
      ? (value) => {
          const ref = handleRefs.get(value)
          return ref && ['h', ref.seq, ref.path]
        }
      : undefined,
    markOf: withHandles
      ? undefined
      : (value) => {
          const ref = handleRefs.get(value)
          return ref && ref.path.length === 0 ? ref.seq : undefined
        },
    callbackOf: (value) => callbackIds.get(value),
    promiseOf: (value) => (withHandles || incoming.isIncoming(value) ? incoming.idOf(value) : undefined),
    onReference: withHandles ? (value) => foreign.add(value) : onGiven,
  })

const isFollowed = (value) => types.isPromise(value) && !incoming.isIncoming(value)
let gives = [] // numbers of the promises inside of the outcome that is being written
const onGiven = (value) => {
  incoming.goesOut(value)
  if (isFollowed(value)) gives.push(incoming.follow(value))
}

const encodeInput = encoderFor(limits.input, true)
const encodeOutcome = encoderFor(limits.input * 8, false)

const poison = (session, reason) => emit({ t: 'poison', session, reason })

/** What a promise settled with that came in; the answer of a callback can be what it was called with. */
const writeSettled = (given, call) => {
  const value = unwrap(given)
  if (call !== undefined && isReference(value)) {
    if (value === call.receiver) return { graph: ['arg', call.id, call.n, -1] }
    if (call.args.includes(value)) return { graph: ['arg', call.id, call.n, call.args.indexOf(value)] }
  }
  try {
    const encoded = encodeInput(value)
    return encoded.facts.undriven ? { undriven: encoded.facts.undriven } : { graph: encoded.graph }
  } catch (error) {
    return { undriven: error instanceof TooLarge ? 'too large' : 'what cannot be written down' }
  }
}

const incoming = createIncoming({
  intrinsics,
  emit,
  inside: () => running[running.length - 1],
  write: writeSettled,
})

const report = (step, kind, value) => {
  try {
    gives = []
    const encoded = encodeOutcome(value)
    const within = gives.length > 0 ? { gives } : {}
    emitEvent(Object.assign({ t: 'outcome', seq: step.seq, at: now.sequence, kind, graph: encoded.graph }, within))
  } catch (error) {
    poison(step.session, error instanceof TooLarge ? 'outcome too large' : 'outcome cannot be written down')
  }
}

module.exports = { emit, emitEvent, poison, encodeInput, incoming, report }
