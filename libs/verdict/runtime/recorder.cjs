'use strict'
// Stands between the project's tests and its modules, and writes down what the tests do: calls, constructions,
// methods of what came back, callbacks, writes. It must never be noticed: proxies keep name, length, own properties,
// prototype, `new` and `instanceof`, and whatever goes wrong in here only ends the recording.

const fs = require('fs')
const path = require('path')
const types = require('util').types
const { createIntrinsics, isReference } = require('./intrinsics.cjs')
const { createEncoder, TooLarge } = require('./encode.cjs')
const { createBehaviour } = require('./behaviour.cjs')
const { createIncoming } = require('./incoming.cjs')

const readSettings = () => {
  try {
    return JSON.parse(fs.readFileSync(path.join(__dirname, 'settings.json'), 'utf8'))
  } catch (error) {
    return undefined // nothing asks for a recording, or the tests have put something else in the place of fs
  }
}

const settings = readSettings() || {}
const recordsDir = settings.record ? path.join(__dirname, 'records') : undefined
const root = path.dirname(__dirname)
const limits = { input: settings.maxInput || 65536, calls: settings.maxCalls || 20000, callbackCalls: 1000 }

const intrinsics = createIntrinsics()
const { hasBehaviour } = createBehaviour(intrinsics)

const rawOf = new WeakMap() // proxy -> what it stands for
const proxyOf = new WeakMap() // exports, handles and callbacks -> proxy
const exportRefs = new WeakMap() // raw -> { module, path }
const handleRefs = new WeakMap() // raw -> { session, seq, path }
const callbackIds = new WeakMap() // raw -> id
const foreign = new WeakSet() // what the tests passed in: they must get back the very same

let sequence = 0
let sessions = 0
let callbacks = 0
let depth = 0
let inCallback = 0 // the tests' own code runs, called by the package
const active = [] // sessions whose call is on the stack, for attributing callback calls
const running = [] // callback calls on the stack, [id, n]
const parent = [] // union-find over sessions
const lastSession = new Map() // callback id -> the session that was given it last

const find = (session) => {
  while (parent[session] !== session) session = parent[session]
  return session
}

let file
const emit = (record) => {
  if (recordsDir === undefined) return
  if (file === undefined)
    file = fs.openSync(path.join(recordsDir, process.pid + '-' + process.hrtime().join('-') + '.ndjson'), 'a')
  fs.writeSync(file, JSON.stringify(record) + '\n')
}

/** What others may have happened before or behind. */
const emitEvent = (record) => emit(Object.assign(record, { run: incoming.currentRun() }))

const unwrap = (value) => (isReference(value) && rawOf.has(value) ? rawOf.get(value) : value)
const toUser = (value) => {
  const raw = unwrap(value)
  if (!isReference(raw)) return raw
  if (foreign.has(raw) || callbackIds.has(raw)) return raw
  return proxyOf.has(raw) ? proxyOf.get(raw) : value
}

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
    onReference: (value) => (withHandles ? foreign.add(value) : incoming.goesOut(value)),
  })
const encodeInput = encoderFor(limits.input, true)
const encodeOutcome = encoderFor(limits.input * 8, false)

const poison = (session, reason) => emit({ t: 'poison', session, reason })

const isNativePromise = (value) =>
  types.isPromise(value) && intrinsics.nameOf(Object.getPrototypeOf(value)) === 'Promise.prototype'

// ---- callbacks: functions that the tests pass in ---------------------------------------------------------------

const isPlain = (value) => {
  if (Array.isArray(value)) return true
  const proto = Object.getPrototypeOf(value)
  return proto === null || intrinsics.nameOf(proto) === 'Object.prototype'
}

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
  const id = callbacks++
  let calls = 0
  callbackIds.set(raw, id)
  const run = (call, receiver, args) => {
    const n = calls++
    const session = active.length > 0 ? active[active.length - 1] : lastSession.get(id)
    let result
    inCallback++
    running.push([id, n])
    args.forEach(incoming.goesOut)
    try {
      result = call(toUser(receiver), args.map(toUser))
    } catch (error) {
      recordAnswer(id, n, session, 'throw', error, receiver, args)
      throw error
    } finally {
      running.pop()
      inCallback--
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

// ---- calls -----------------------------------------------------------------------------------------------------

const perform = (op, target, receiver, args, proxy, newTarget) => {
  if (op === 'construct') return Reflect.construct(target, args, newTarget === proxy ? target : newTarget)
  return Reflect.apply(target, receiver, args)
}

/** The session of a step: that of its handle, joined with those of all handles among its inputs. */
const sessionOf = (ref, values) => {
  let session
  if (ref.session !== undefined) session = find(ref.session)
  else {
    session = sessions++
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

const report = (step, kind, value) => {
  try {
    const encoded = encodeOutcome(value)
    emitEvent({ t: 'outcome', seq: step.seq, at: sequence, kind, graph: encoded.graph })
  } catch (error) {
    poison(step.session, error instanceof TooLarge ? 'outcome too large' : 'outcome cannot be written down')
  }
}

const begin = (op, ref, receiver, args, onHolder) => {
  const session = sessionOf(ref, [receiver].concat(args))
  const step = { seq: sequence++, session, undo: [] }
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

const restore = (undo) => {
  for (const [object, key, before, replaced] of undo) {
    try {
      if (object[key] === replaced) object[key] = before
    } catch (error) {
      // it was frozen in the meantime: the recording function stays
    }
  }
}

const finish = (op, step, result) => {
  if (isNativePromise(result) && !incoming.isIncoming(result)) {
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

/** A function that the tests hand over inside a callback is the same function as outside of it. */
const passThrough = (op, target, self, raw, proxy, newTarget) => {
  if (inCallback === 0) return perform(op, target, self, raw, proxy, newTarget)
  raw.forEach((value) => isReference(value) && !handleRefs.has(value) && foreign.add(value))
  const given = raw.map((value) => (isReference(value) && callbackIds.has(value) ? proxyOf.get(value) : value))
  return toUser(perform(op, target, self, given, proxy, newTarget))
}

/** `import * as m`, then `m.f()`: the receiver is the module, where the replay will find the function as well. */
const isNamespaceCall = (ref, self) =>
  ref.module !== undefined && ref.path.length === 1 && types.isModuleNamespaceObject(self)

/** One use of the package from outside. Nested uses, from within the package or a callback, only pass through. */
const invoke = (op, ref, target, receiver, args, proxy, newTarget) => {
  const self = unwrap(receiver)
  const raw = args.map(unwrap)
  if (depth > 0 || sequence >= limits.calls) return passThrough(op, target, self, raw, proxy, newTarget)
  depth++
  let begun
  try {
    // an ordinary method call: the receiver is where the method was found
    const onHolder = (ref.holder !== undefined && self === ref.holder()) || isNamespaceCall(ref, self)
    begun = begin(op, ref, op === 'construct' || onHolder ? undefined : self, raw, onHolder)
  } finally {
    depth--
  }
  depth++
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
    depth--
  }
  if (failed) throw thrown
  return result
}

// ---- proxies ---------------------------------------------------------------------------------------------------

const wrapResult = (value, step) => {
  if (!isReference(value) || foreign.has(value)) return value
  if (proxyOf.has(value) || rawOf.has(value)) return toUser(value)
  if (!hasBehaviour(value)) return value
  return wrap(value, { session: step.session, seq: step.seq, path: [] })
}

const child = (ref, key, holder) => {
  const step = typeof key === 'symbol' ? { symbol: String(key.description).replace(/^Symbol\./, '') } : key
  return Object.assign({}, ref, { path: ref.path.concat([step]), holder: () => holder })
}

const pinned = (target, key) => {
  const descriptor = Object.getOwnPropertyDescriptor(target, key)
  return descriptor !== undefined && !descriptor.configurable && 'value' in descriptor && !descriptor.writable
}

const accessorOf = (target, key) => {
  for (let object = target; object !== null; object = Object.getPrototypeOf(object)) {
    if (intrinsics.nameOf(object) !== undefined) return undefined
    const descriptor = Object.getOwnPropertyDescriptor(object, key)
    if (descriptor !== undefined) return descriptor.get
  }
  return undefined
}

const readProperty = (target, key, ref) => {
  const getter = ref.module === undefined ? accessorOf(target, key) : undefined
  if (getter !== undefined && depth === 0) return invoke('get', child(ref, key, target), getter, target, [])
  depth++
  try {
    return Reflect.get(target, key, target)
  } finally {
    depth--
  }
}

const traps = (ref, proxyRef) => ({
  apply: (target, receiver, args) => invoke('call', ref, target, receiver, args),
  construct: (target, args, newTarget) => {
    // a subclass made by the tests keeps its own instances: their private fields would not survive a proxy
    if (newTarget !== proxyRef.proxy && newTarget !== target)
      return Reflect.construct(target, args.map(unwrap), newTarget)
    return invoke('construct', ref, target, undefined, args, proxyRef.proxy, newTarget)
  },
  get: (target, key) => {
    const value = readProperty(target, key, ref)
    incoming.goesOut(value)
    if (!isReference(value) || key === 'prototype' || key === 'constructor' || pinned(target, key))
      return toUserUnlessPinned(target, key, value)
    if (rawOf.has(value) || proxyOf.has(value) || foreign.has(value)) return toUser(value)
    if (
      key === Symbol.iterator ||
      key === Symbol.asyncIterator ||
      hasBehaviour(value) ||
      inheritedMethod(target, value, ref)
    )
      return wrap(value, child(ref, key, target))
    return value
  },
  set: (target, key, value) => {
    if (depth === 0 && ref.module === undefined) recordWrite(ref, target, key, value)
    return Reflect.set(target, key, unwrap(value), target)
  },
  deleteProperty: (target, key) => {
    if (depth === 0 && ref.session !== undefined) poison(find(ref.session), 'a property was deleted')
    return Reflect.deleteProperty(target, key)
  },
})

const toUserUnlessPinned = (target, key, value) => (pinned(target, key) ? value : toUser(value))

/** `emitter.on`, `map.get` of a subclass: built-in methods of a handle are steps too, Object.prototype's are not. */
const inheritedMethod = (target, value, ref) => {
  if (ref.module !== undefined || typeof value !== 'function') return false
  const name = intrinsics.nameOf(value)
  return name !== undefined && !/^(Object|Function|Array)\.prototype\./.test(name)
}

const recordWrite = (ref, target, key, value) => {
  depth++
  try {
    const begun = begin('set', child(ref, key, target), undefined, [unwrap(value)])
    report(begun.step, 'return', undefined)
  } finally {
    depth--
  }
}

// a built-in method is shared by all objects, so its recording twin belongs to one holder
const builtinTwins = new WeakMap()

const wrap = (raw, ref) => {
  if (types.isProxy(raw)) return raw
  const builtin = typeof raw === 'function' && intrinsics.nameOf(raw) !== undefined
  const shared = builtin || (ref.module === undefined && ref.path.length > 0 && typeof raw === 'function')
  if (!shared) {
    if (ref.module !== undefined) exportRefs.set(raw, { module: ref.module, path: ref.path })
    else handleRefs.set(raw, { session: ref.session, seq: ref.seq, path: ref.path })
    if (ref.module !== undefined && typeof raw === 'function') notePrototype(raw, ref)
  }
  const holder = ref.holder && ref.holder()
  if (shared) {
    const twins = builtinTwins.get(holder) || new Map()
    builtinTwins.set(holder, twins)
    if (twins.has(raw)) return twins.get(raw)
    const twin = makeProxy(raw, ref)
    twins.set(raw, twin)
    return twin
  }
  const proxy = makeProxy(raw, ref)
  proxyOf.set(raw, proxy)
  return proxy
}

const makeProxy = (raw, ref) => {
  const proxyRef = {}
  const handler = traps(ref, proxyRef)
  if (typeof raw !== 'function') {
    delete handler.apply
    delete handler.construct
  }
  proxyRef.proxy = new Proxy(raw, handler)
  rawOf.set(proxyRef.proxy, raw)
  return proxyRef.proxy
}

const notePrototype = (fn, ref) => {
  const descriptor = Object.getOwnPropertyDescriptor(fn, 'prototype')
  const proto = descriptor && descriptor.value
  if (isReference(proto) && intrinsics.nameOf(proto) === undefined && !exportRefs.has(proto))
    exportRefs.set(proto, { module: ref.module, path: ref.path.concat('prototype') })
}

/** Names what can be reached from an export before anything is recorded, so that graphs refer to it by name. */
const register = (value, ref, level) => {
  if (
    !isReference(value) ||
    rawOf.has(value) ||
    proxyOf.has(value) ||
    exportRefs.has(value) ||
    intrinsics.nameOf(value) !== undefined
  )
    return
  if (!hasBehaviour(value)) return
  exportRefs.set(value, { module: ref.module, path: ref.path })
  if (typeof value === 'function') notePrototype(value, ref)
  if (level === 0) return
  for (const key of Reflect.ownKeys(value)) {
    const descriptor =
      typeof key === 'string' && key !== 'prototype' ? Object.getOwnPropertyDescriptor(value, key) : undefined
    if (descriptor && 'value' in descriptor) register(descriptor.value, child(ref, key, value), level - 1)
  }
}

const wrapExports = (value, name) => {
  if (!isReference(value) || recordsDir === undefined) return value
  if (proxyOf.has(value)) return proxyOf.get(value)
  const ref = { module: name, path: [] }
  if (!hasBehaviour(value) && !(typeof value === 'object' && isPlain(value))) return value
  register(value, ref, 2)
  if (typeof value !== 'function' && (Object.isFrozen(value) || types.isModuleNamespaceObject(value))) return value
  return wrap(value, ref)
}

/** For CommonJS: called at the end of an instrumented module. */
exports.module = (module, name) => {
  try {
    emit({ t: 'module', name })
    module.exports = wrapExports(module.exports, name)
  } catch (error) {
    emit({ t: 'broken', name, reason: String(error && error.message) })
  }
}

/** For ES modules: what `require` gives in the place of a namespace, wrapped like what CommonJS exports. */
exports.whole = (value, name) => {
  try {
    emit({ t: 'module', name })
    return wrapExports(value, name)
  } catch (error) {
    return value
  }
}

/** One more export of such a module. What is no member of the whole could not be found again: it is left as it is. */
exports.member = (value, whole, name, key) => {
  try {
    if (value === whole) return toUser(value)
    const descriptor = isReference(whole) ? Object.getOwnPropertyDescriptor(whole, key) : undefined
    return descriptor && descriptor.value === value ? exports.binding(value, name, key) : value
  } catch (error) {
    return value
  }
}

/** For ES modules: the wrapped binding of one export. */
exports.binding = (value, name, key) => {
  try {
    emit({ t: 'module', name })
    if (!isReference(value) || recordsDir === undefined || !hasBehaviour(value)) return value
    if (proxyOf.has(value) || rawOf.has(value)) return toUser(value)
    const ref = { module: name, path: [key] }
    register(value, ref, 2)
    return wrap(value, ref)
  } catch (error) {
    return value
  }
}
