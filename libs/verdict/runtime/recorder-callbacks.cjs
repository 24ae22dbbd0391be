'use strict'
// Functions that the tests pass in: the package gets recording ones in their place.

const types = require('util').types
const { settings, limits, intrinsics, isReference, now, active, running } = require('./recorder-state.cjs')
const { rawOf, proxyOf, exportRefs, handleRefs, callbackIds } = require('./recorder-state.cjs')
const { unwrap, toUser, isPlain, isNativePromise } = require('./recorder-state.cjs')
const { emitEvent, poison, encodeInput, incoming } = require('./recorder-writing.cjs')

const lastSession = new Map() // callback id -> the session that was given it last

const answer = (session, kind, value, receiver, args) => {
  if (isReference(value) && value === receiver) return { [kind]: ['arg', -1] }
  if (isReference(value) && args.includes(value)) return { [kind]: ['arg', args.indexOf(value)] }
  const encoded = encodeInput(value)
  if (encoded.facts.undriven) poison(session, 'undriven: a callback answers with ' + encoded.facts.undriven)
  return { [kind]: encoded.graph }
}

/** `n` orders the answers of a callback by its calls: promises settle in any order. */
const recordAnswer = (id, n, session, kind, value, receiver, args) => {
  if (session === undefined || n >= limits.callbackCalls) return
  try {
    const late = active.length === 0 ? 1 : 0
    emitEvent({ t: 'answer', session, cb: id, n, late, a: answer(session, kind, unwrap(value), receiver, args) })
  } catch (error) {
    poison(session, 'a callback answers with what cannot be written down')
  }
}

const callbackProxy = (raw) => {
  const id = now.callbacks++
  let calls = 0
  callbackIds.set(raw, id)
  const run = (call, receiver, args) => {
    const n = calls++
    const session = active.length > 0 ? active[active.length - 1] : lastSession.get(id)
    let result
    now.inCallback++
    running.push([id, n])
    args.forEach(incoming.goesOut)
    try {
      result = call(toUser(receiver), args.map(toUser))
    } catch (error) {
      recordAnswer(id, n, session, 'throw', error, receiver, args)
      throw error
    } finally {
      running.pop()
      now.inCallback--
    }
    // what nobody writes down, nobody looks at
    if (session === undefined || n >= limits.callbackCalls) return unwrap(result)
    const isFollowed = () => args.includes(result) || incoming.idOf(result, { id, n, receiver, args }) !== undefined
    if (isNativePromise(result) && !isFollowed()) {
      result.then(
        (value) => recordAnswer(id, n, session, 'resolve', value, receiver, args),
        (error) => recordAnswer(id, n, session, 'reject', error, receiver, args),
      )
    } else recordAnswer(id, n, session, 'return', result, receiver, args)
    return unwrap(result)
  }
  const proxy = new Proxy(raw, {
    apply: (target, receiver, args) => run((self, list) => Reflect.apply(target, self, list), receiver, args),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.map(toUser), newTarget === proxy ? target : newTarget),
  })
  rawOf.set(proxy, raw)
  proxyOf.set(raw, proxy)
  return proxy
}

const isCallback = (value) =>
  typeof value === 'function' &&
  intrinsics.nameOf(value) === undefined &&
  !exportRefs.has(value) &&
  !handleRefs.has(value)

/** What the package is given instead of an argument: the same, with recording functions in it. */
const withCallbacks = (value, session, level, undo) => {
  if (settings.callbacks === false) return value
  if (isCallback(value)) {
    const proxy = proxyOf.get(value) || callbackProxy(value)
    lastSession.set(callbackIds.get(value), session)
    return proxy
  }
  if (level === 0 || typeof value !== 'object' || value === null || handleRefs.has(value) || types.isProxy(value))
    return value
  if (!isPlain(value) || Object.isFrozen(value) || intrinsics.nameOf(value) !== undefined) return value
  for (const key of Reflect.ownKeys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key)
    if (!descriptor || !('value' in descriptor) || !isReference(descriptor.value)) continue
    const replaced = withCallbacks(unwrap(descriptor.value), session, level - 1, undo)
    if (replaced === descriptor.value || !descriptor.writable) continue
    value[key] = replaced
    undo.push([value, key, descriptor.value, replaced])
  }
  return value
}

/** Gives the tests back what was theirs. */
const restore = (undo) => {
  for (const [object, key, before, replaced] of undo) {
    try {
      if (object[key] === replaced) object[key] = before
    } catch (error) {
      // it was frozen in the meantime: the recording function stays
    }
  }
}

module.exports = { withCallbacks, restore }
