'use strict'
// Promises of the package that stand inside of what it gives: what they settle with is a part of the outcome. They are
// looked at when they have settled, and what is rejected only behind the turn in which the engine tells that nobody
// handles it: whether the package does so itself is what it does, too.

const promiseHooks = require('v8').promiseHooks
const { stateOf } = require('./promises.cjs')

const then = Promise.prototype.then
const apply = Reflect.apply
const nothing = Promise.resolve()
const realImmediate = setImmediate
const watched = new WeakMap() // promise -> { isAlone, looks: what to do when it may have settled }

/** The engine tells that nobody handles a rejection. @returns whether it is that of a promise that is followed */
const noteAlone = (promise) => {
  const own = watched.get(promise)
  if (own === undefined) return false
  own.isAlone = true
  return true
}

const settled = (promise) => {
  const own = watched.get(promise)
  // the engine tells before it settles the promise; and of one that follows another from now on
  if (own !== undefined) apply(then, nothing, [() => own.looks.forEach((look) => look())])
}

/** session; text(value) writes; limit() is a promise for the end of all patience */
const createGiven = ({ session, text, limit }) => {
  const within = [] // until when each settles, and what it settled with
  let stop

  const watch = (promise) => {
    if (stop === undefined && promiseHooks !== undefined) stop = promiseHooks.onSettled(settled)
    const own = watched.get(promise) || { isAlone: false, looks: [] }
    watched.set(promise, own)
    return own
  }

  const read = (promise, own, each, done) => {
    const tell = (kind) => (value) => {
      each.said = kind + ' ' + text(value)
      done()
    }
    const isHandled = promiseHooks !== undefined && !own.isAlone
    try {
      apply(then, promise, [tell('resolve'), tell(isHandled ? 'handled' : 'reject')])
    } catch (error) {
      each.said = 'nothing that can be looked at' // a class whose promises cannot be made by the engine
      done()
    }
  }

  const settling = (promise, each) =>
    new Promise((done) => {
      const own = watch(promise)
      const look = () => {
        const state = promiseHooks === undefined ? 'fulfilled' : stateOf(promise)
        if (each.isRead || state === 'pending') return
        each.isRead = true
        if (state === 'fulfilled') read(promise, own, each, done)
        else realImmediate(() => read(promise, own, each, done))
      }
      own.looks.push(look)
      look()
    })

  /** Those that had settled when it was recorded. */
  const follow = (index, promises) => {
    const until = session.steps[index].gives || []
    promises.forEach((promise, n) => {
      if (typeof until[n] !== 'number') return
      const each = { index, n, until: until[n], said: undefined, isRead: false }
      each.promise = Promise.race([settling(promise, each), limit()])
      within.push(each)
    })
  }

  /** As parts of the outcomes in which they stand. */
  const tell = (outcomes) => {
    if (stop !== undefined) stop()
    within.sort((a, b) => a.index - b.index || a.n - b.n)
    within.forEach(({ index, n, said }) => {
      if (said === undefined) outcomes[index] = { out: 'never settled' }
      else outcomes[index].out += '\ngives ' + n + ' ' + said
    })
  }

  return { within, follow, tell }
}

module.exports = { createGiven, noteAlone }
