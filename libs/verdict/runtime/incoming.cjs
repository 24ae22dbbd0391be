'use strict'
// Promises that the tests hand to the package: what became of them, and behind which of the other records; and of those
// that stand inside of what the package gives, whether they settled. Nobody may
// notice that they are looked at. A reaction of ours would count as the handling of a rejection, so one is added only
// where a rejection is somebody else's business already: inside of the first call that adds another (which the engine's
// hooks tell, for `await` too), in front of it, so that the value is written down as it came; or when the promise turns
// out to be fulfilled. The promise itself stays what it is, and nobody's reactions come a turn later.

const isPromise = require('util').types.isPromise
const vm = require('vm')
const hooks = require('v8').promiseHooks
const { isBare, stateOf } = require('./promises.cjs')

const then = Promise.prototype.then
const settled = Promise.resolve()

/** A hook stays as long as the process; the realm of a test file, which is gone before, must not stay with it. */
const install = vm.runInThisContext(`(hooks, watcher) => {
  const held = new WeakRef(watcher)
  const tell = (what, ...args) => {
    try {
      const own = held.deref()
      if (own !== undefined) own[what](...args)
    } catch (error) {
      // the recording has come to an end
    }
  }
  hooks.createHook({
    init: (promise, parent) => tell('init', promise, parent),
    before: () => tell('turned'),
    after: () => tell('turned'),
    settled: (promise) => tell('settled', promise),
  })
}`)

/**
 * options: intrinsics; emit(record); inside() gives the callback call that is on the stack, `[id, n]`; write(value, own)
 * gives `{ graph }` or `{ undriven }`, where `own` is what was said of the promise when it came in
 */
const createIncoming = ({ intrinsics, emit, inside, write }) => {
  const known = new WeakMap() // promise -> { id, own, isRead }
  const outgoing = new WeakSet() // promises of the package: what becomes of them is its own doing
  const given = new WeakMap() // those among them that stand inside of what it gave -> number
  let promises = 0
  let isWatching = false
  let isReading = false
  let run = 0
  let isCounting = false

  const soon = (act) => {
    then.call(settled, act)
  }

  /** The same number for what happens in one go. */
  const currentRun = () => {
    if (!isCounting) {
      isCounting = true
      soon(() => {
        isCounting = false
        run++
      })
    }
    return run
  }

  const tell = (entry, kind, value) => {
    entry.isTold = true
    try {
      emit(Object.assign({ t: 'settled', promise: entry.id, kind }, write(value, entry.own)))
    } catch (error) {
      // the recording has come to an end
    }
  }

  const read = (promise, entry) => {
    entry.isRead = true
    isReading = true
    try {
      then.call(
        promise,
        (value) => tell(entry, 'resolve', value),
        (reason) => tell(entry, 'reject', reason),
      )
    } finally {
      isReading = false
    }
  }

  const lookAfterwards = (promise, entry) => {
    if (entry.isRead) return
    const state = stateOf(promise)
    if (state === 'fulfilled') read(promise, entry)
    if (state === 'rejected') emit({ t: 'unread', promise: entry.id })
  }

  const watcher = {
    init: (promise, parent) => {
      if (isReading || parent === undefined) return
      const entry = known.get(parent)
      if (entry !== undefined && !entry.isRead) read(parent, entry)
    },
    // a reaction begins or ends: what comes next does not come in one go with what was before
    turned: () => {
      run++
    },
    // also told of a promise that follows another one from now on: the last time before it is read is the one
    settled: (promise) => {
      if (given.has(promise)) emit({ t: 'gave', promise: given.get(promise) })
      const entry = known.get(promise)
      if (entry === undefined || entry.isTold) return
      emit({ t: 'settling', promise: entry.id, inside: inside(), run: currentRun() })
      if (!entry.isRead) soon(() => lookAfterwards(promise, entry))
    },
  }

  const watch = () => {
    if (isWatching) return
    isWatching = true
    install(hooks, watcher)
  }

  const isIncoming = (promise) => known.has(promise)

  /** Its number; undefined for one that cannot be followed. `own` comes back with what it settles with. */
  const idOf = (promise, own) => {
    if (known.has(promise)) return known.get(promise).id
    if (hooks === undefined || outgoing.has(promise) || !isBare(promise, intrinsics)) return undefined
    const state = stateOf(promise)
    if (state === undefined) return undefined
    watch()
    const entry = { id: promises++, own, isRead: false, isTold: false }
    known.set(promise, entry)
    emit({ t: 'incoming', promise: entry.id, state })
    if (state === 'fulfilled') read(promise, entry)
    return entry.id
  }

  /** What becomes of a promise that the package gives is the package's own doing, wherever it is handed in again. */
  const goesOut = (value) => {
    if (isPromise(value) && !known.has(value)) outgoing.add(value)
  }

  /** A number for a promise of the package; from now on it is told when it settles, and nobody notices. */
  const follow = (promise) => {
    if (given.has(promise)) return given.get(promise)
    const id = promises++
    given.set(promise, id)
    if (hooks === undefined) return id
    watch()
    if (stateOf(promise) !== 'pending') soon(() => emit({ t: 'gave', promise: id }))
    return id
  }

  return { idOf, isIncoming, goesOut, follow, currentRun, watcher }
}

module.exports = { createIncoming }
