'use strict'
// What stands in a replay in the place of the tests' own functions: it answers as they did.

/** A function that looks like the recorded one, as far as that can be seen from outside. */
const functionLike = (node, act) => {
  const make = () => {
    if (node.w === 0) return class {}
    if (node.c)
      return function (...args) {
        return act(this, args)
      }
    return {
      method(...args) {
        return act(this, args)
      },
    }.method
  }
  const fn = make()
  Object.defineProperty(fn, 'name', { value: node.n, configurable: true })
  if (typeof node.l === 'number') Object.defineProperty(fn, 'length', { value: node.l, configurable: true })
  return fn
}

/**
 * answers: by callback id, what each of its calls gave; look() as for writing; log(what, values) tells a call;
 * happened(event) is told of an answer before it is given; decode(graph)
 */
const createCallbacks = ({ answers, look, log, happened, decode }) => {
  const ids = new WeakMap()
  const used = new Map() // id -> calls
  const called = new Map() // 'id n' -> what it was called with

  const reply = (id, receiver, args) => {
    look()
    const n = used.get(id) || 0
    used.set(id, n + 1)
    log('callback ' + id, [receiver === globalThis ? undefined : receiver].concat(args))
    called.set(id + ' ' + n, [receiver].concat(args))
    happened(['answer', id, n])
    const answer = (answers[id] || [])[n]
    if (answer === undefined) return undefined
    const kind = Object.keys(answer)[0]
    const graph = answer[kind]
    const value = Array.isArray(graph) ? (graph[1] === -1 ? receiver : args[graph[1]]) : decode(graph)
    if (kind === 'throw') throw value
    if (kind === 'resolve') return Promise.resolve(value)
    return kind === 'reject' ? Promise.reject(value) : value
  }

  const stub = (node) => {
    const id = node.cb
    const fn = functionLike(node, (receiver, args) => {
      if (node.say !== undefined) {
        log('getter.read', [node.n])
        return decode({ v: node.say, n: [] })
      }
      return id === undefined ? undefined : reply(id, receiver, args)
    })
    if (id !== undefined) ids.set(fn, id)
    return fn
  }

  return {
    stub,
    idOf: (fn) => ids.get(fn),
    /** What a call was given: index 0 is the receiver. */
    givenTo: (id, n) => called.get(id + ' ' + n),
    /** Some were called less often than when they were recorded. */
    isMissing: () => Object.keys(answers).some((id) => (used.get(Number(id)) || 0) < answers[id].length),
    any: Object.keys(answers).length > 0,
  }
}

module.exports = { createCallbacks }
