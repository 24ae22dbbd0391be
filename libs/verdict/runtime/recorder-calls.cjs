'use strict'
// Uses of the package from outside: each is a step of a session, with what went in and what came out.

const types = require('util').types
const { TooLarge } = require('./encode.cjs')
const { isBare } = require('./promises.cjs')
const { settings, limits, intrinsics, isReference, now, active } = require('./recorder-state.cjs')
const { proxyOf, handleRefs, callbackIds, foreign } = require('./recorder-state.cjs')
const { unwrap, toUser, isPlain, isNativePromise } = require('./recorder-state.cjs')
const { emit, emitEvent, poison, encodeInput, incoming, report } = require('./recorder-writing.cjs')
const { withCallbacks, restore } = require('./recorder-callbacks.cjs')

const parent = [] // union-find over sessions

const find = (session) => {
  while (parent[session] !== session) session = parent[session]
  return session
}

const perform = (op, target, receiver, args, proxy, newTarget) => {
  if (op === 'construct') return Reflect.construct(target, args, newTarget === proxy ? target : newTarget)
  return Reflect.apply(target, receiver, args)
}

/** The session of a step: that of its handle, joined with those of all handles among its inputs. */
const sessionOf = (ref, values) => {
  let session
  if (ref.session !== undefined) session = find(ref.session)
  else {
    session = now.sessions++
    parent[session] = session
  }
  const join = (value) => {
    const handle = isReference(value) && handleRefs.get(unwrap(value))
    if (!handle) return
    const other = find(handle.session)
    if (other !== session) {
      parent[session] = other
      emit({ t: 'join', session, other })
      session = other
    }
  }
  for (const value of values) {
    join(value)
    if (
      isReference(value) &&
      typeof value === 'object' &&
      !types.isProxy(value) &&
      isPlain(value) &&
      !handleRefs.has(value)
    ) {
      for (const key of Reflect.ownKeys(value).slice(0, 100)) {
        const descriptor = Object.getOwnPropertyDescriptor(value, key)
        if (descriptor && 'value' in descriptor) join(descriptor.value)
      }
    }
  }
  return session
}

const begin = (op, ref, receiver, args, onHolder) => {
  const session = sessionOf(ref, [receiver].concat(args))
  const step = { seq: now.sequence++, session, undo: [] }
  let given = args
  try {
    given = args.map((value) => withCallbacks(value, session, 3, step.undo))
    const encoded = encodeInput([receiver].concat(given))
    const target = ref.module !== undefined ? { module: ref.module, path: ref.path } : { seq: ref.seq, path: ref.path }
    emitEvent({ t: 'step', seq: step.seq, session, op, target, holder: onHolder ? 1 : 0, input: encoded.graph })
    if (encoded.facts.undriven) poison(session, 'undriven: ' + encoded.facts.undriven)
  } catch (error) {
    poison(session, error instanceof TooLarge ? 'input too large' : 'input cannot be written down')
  }
  return { step, given }
}

/**
 * A function that the tests hand over inside a callback is the same function as outside of it. Where callbacks are not
 * recorded nobody knows whether one is under way, and so whose function it is.
 */
const passThrough = (op, target, self, raw, proxy, newTarget) => {
  if (settings.callbacks === false) raw.forEach((value) => typeof value === 'function' && foreign.add(value))
  if (now.inCallback === 0) return perform(op, target, self, raw, proxy, newTarget)
  raw.forEach((value) => isReference(value) && !handleRefs.has(value) && foreign.add(value))
  const given = raw.map((value) => (isReference(value) && callbackIds.has(value) ? proxyOf.get(value) : value))
  return toUser(perform(op, target, self, given, proxy, newTarget))
}

/** `import * as m`, then `m.f()`: the receiver is the module, where the replay will find the function as well. */
const isNamespaceCall = (ref, self) =>
  ref.module !== undefined && ref.path.length === 1 && types.isModuleNamespaceObject(self)

/** `wrapResult` gives the tests a recording twin of what they get. */
const createCalls = (wrapResult) => {
  const finish = (op, step, result) => {
    // one with members of its own is given as it is: another in its place would not have them
    if (isBare(result, intrinsics) && !incoming.isIncoming(result)) {
      emitEvent({ t: 'pending', seq: step.seq })
      incoming.goesOut(result)
      const told = result.then(
        (value) => {
          report(step, 'resolve', value)
          return wrapResult(value, step)
        },
        (error) => {
          report(step, 'reject', error)
          throw error
        },
      )
      incoming.goesOut(told)
      return told
    }
    report(step, 'return', result)
    const wrapped = wrapResult(result, step)
    if (op !== 'construct' && wrapped === result && !isNativePromise(result)) restore(step.undo)
    return wrapped
  }

  /** One use of the package from outside. Nested uses, from within the package or a callback, only pass through. */
  const invoke = (op, ref, target, receiver, args, proxy, newTarget) => {
    const self = unwrap(receiver)
    const raw = args.map(unwrap)
    if (now.depth > 0 || now.sequence >= limits.calls) return passThrough(op, target, self, raw, proxy, newTarget)
    now.depth++
    let begun
    try {
      // an ordinary method call: the receiver is where the method was found
      const onHolder = (ref.holder !== undefined && self === ref.holder()) || isNamespaceCall(ref, self)
      begun = begin(op, ref, op === 'construct' || onHolder ? undefined : self, raw, onHolder)
    } finally {
      now.depth--
    }
    now.depth++
    active.push(begun.step.session)
    let result
    let thrown
    let failed = false
    try {
      result = perform(op, target, self, begun.given, proxy, newTarget)
    } catch (error) {
      failed = true
      thrown = error
    }
    active.pop()
    try {
      if (failed) {
        report(begun.step, 'throw', thrown)
        restore(begun.step.undo)
      } else result = finish(op, begun.step, unwrap(result))
    } finally {
      now.depth--
    }
    if (failed) throw thrown
    return result
  }

  return { invoke }
}

module.exports = { begin, createCalls, find }
