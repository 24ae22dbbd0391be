'use strict'
// The promises that a session hands in: each is made when it is first needed and settles at the moment at which it did
// when it was recorded, told as the event behind which that was.

const nextTick = process.nextTick
const then = Promise.prototype.then
const nothing = Promise.resolve()
const stringify = JSON.stringify
const assign = Object.assign

/**
 * When all reactions have run, and those to them, before any timer: how much time has passed must not decide what a
 * session gives.
 */
const atRest = (act) => {
  then.call(nothing, () => nextTick(act))
}

/**
 * promises: by number `{ resolve or reject: graph, after, later, until }`; without `after` it has settled already
 * when it comes in, without a value it never does. valueOf(graph, number) decodes; fail(error) hears what cannot be decoded
 */
const createSettlements = ({ promises, valueOf, fail }) => {
  const made = new Map() // number -> { promise, resolve, reject }
  const numbers = new WeakMap()
  const done = new Set()
  const behind = new Map()
  const ids = Object.keys(promises).map(Number)
  const timed = ids.filter((id) => promises[id].after !== undefined)
  for (const id of timed) {
    const event = stringify(promises[id].after)
    behind.set(event, (behind.get(event) || []).concat(id))
  }
  let wake = []

  const give = (id) => {
    const { resolve, reject } = promises[id]
    const own = made.get(id)
    try {
      if (resolve !== undefined) own.resolve(valueOf(resolve, id))
      else if (reject !== undefined) own.reject(valueOf(reject, id))
    } catch (error) {
      fail(error)
    }
  }

  const promiseAt = (id) => {
    if (made.has(id)) return made.get(id).promise
    const own = {}
    own.promise = new Promise((resolve, reject) => assign(own, { resolve, reject }))
    made.set(id, own)
    numbers.set(own.promise, id)
    if (promises[id].after === undefined || done.has(id)) give(id)
    return own.promise
  }

  const settle = (id) => {
    if (done.has(id)) return
    done.add(id)
    if (made.has(id)) give(id)
    happened(['settled', id])
    for (const each of wake.splice(0)) each()
  }

  /** An event of the session: what settles behind it does so at once, or when all reactions have run. */
  const happened = (event) => {
    if (timed.length === 0) return
    for (const id of behind.get(stringify(event)) || [])
      if (promises[id].later) atRest(() => settle(id))
      else settle(id)
  }

  const isOpen = (step) => timed.some((id) => !done.has(id) && promises[id].until <= step)

  /** Until all have settled that had when a step was begun. */
  const before = async (step) => {
    while (isOpen(step)) await new Promise((resolve) => wake.push(resolve))
  }

  return { promiseAt, numberOf: (promise) => numbers.get(promise), happened, isOpen, before }
}

module.exports = { createSettlements, atRest }
