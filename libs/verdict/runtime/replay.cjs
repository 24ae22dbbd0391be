'use strict'
// Repeats recorded sessions on the modules of one tree and tells what came out, as canonical texts.

const path = require('path')
const fs = require('fs')
const types = require('util').types
const then = Promise.prototype.then
const results = fs.openSync(process.argv[3], 'a')
const writeResult = fs.writeSync
const realTimeout = setTimeout
const realImmediate = setImmediate
const realNow = process.hrtime.bigint
const milliseconds = () => Number(realNow() / 1000000n)
const beatMs = 20

const { createIntrinsics, isReference } = require('./intrinsics.cjs')
const { createEncoder } = require('./encode.cjs')
const { createDecoder } = require('./decode.cjs')
const { createBehaviour } = require('./behaviour.cjs')
const { createSettlements, atRest } = require('./settlements.cjs')
const { createLoader } = require('./loader.cjs')
const { pinClockAndRandom, markErrors, watchEffects, Exit } = require('./pins.cjs')
const { watchAll, watchLeanedOn } = require('./tampering.cjs')
const { createGuard, createMutants } = require('./mutants.cjs')

const batch = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))
const root = process.cwd()
const load = createLoader(root)
const intrinsics = createIntrinsics()
const { hasBehaviour } = createBehaviour(intrinsics)
const constructed = new WeakSet()

const modules = new Map() // name -> { value } or { failed }
const exportRefs = new WeakMap()
const unhandled = new WeakMap() // promise that came in -> what the session keeps of those that nobody handles
let current // the session being replayed
let atLoad = '' // built-ins that the modules replaced while they were loaded
let sinceLoad = () => ''
const stringify = JSON.stringify

const child = (ref, key) => ({ module: ref.module, path: ref.path.concat([key]) })

const notePrototype = (fn, ref) => {
  const descriptor = Object.getOwnPropertyDescriptor(fn, 'prototype')
  const proto = descriptor && descriptor.value
  if (isReference(proto) && intrinsics.nameOf(proto) === undefined && !exportRefs.has(proto))
    exportRefs.set(proto, child(ref, 'prototype'))
}

const register = (value, ref, level) => {
  if (!isReference(value) || exportRefs.has(value) || intrinsics.nameOf(value) !== undefined || !hasBehaviour(value))
    return
  exportRefs.set(value, ref)
  if (typeof value === 'function') notePrototype(value, ref)
  if (level === 0) return
  for (const key of Reflect.ownKeys(value)) {
    const descriptor =
      typeof key === 'string' && key !== 'prototype' ? Object.getOwnPropertyDescriptor(value, key) : undefined
    if (descriptor && 'value' in descriptor) register(descriptor.value, child(ref, key), level - 1)
  }
}

const loadModules = async (names) => {
  for (const name of names) {
    try {
      const value = await load(name)
      modules.set(name, { value })
      if (types.isModuleNamespaceObject(value)) {
        for (const key of Reflect.ownKeys(value))
          if (typeof key === 'string') register(value[key], { module: name, path: [key] }, 2)
      } else register(value, { module: name, path: [] }, 2)
    } catch (error) {
      modules.set(name, { failed: String((error && error.name) || error) })
    }
  }
}

const keyOf = (object, step) => {
  if (typeof step === 'string') return step
  if (typeof Symbol[step.symbol] === 'symbol') return Symbol[step.symbol]
  for (let each = object; each; each = Object.getPrototypeOf(each)) {
    const found = Object.getOwnPropertySymbols(each).find((symbol) => symbol.description === step.symbol)
    if (found) return found
  }
  return Symbol(step.symbol)
}

const walk = (start, steps) => steps.reduce((object, step) => object[keyOf(object, step)], start)

let around // what the last session left
const lookAround = () => ({ globals: Reflect.ownKeys(globalThis).length, environment: stringify(process.env) })

/**
 * What a session changed around it, written into a list. These looks cost more than most sessions: mutants, of which
 * there are hundreds times hundreds, are judged by what sessions give and log alone.
 */
const surroundings = () => {
  if (batch.mutants !== undefined) return () => {}
  // nothing runs between two sessions: what one left is what the next finds
  const before = around === undefined ? lookAround() : around
  return (effects) => {
    const after = lookAround()
    if (after.globals !== before.globals) effects.push('globals changed')
    if (after.environment !== before.environment) effects.push('environment changed')
    if (process.exitCode !== undefined) {
      effects.push('exit code ' + process.exitCode)
      process.exitCode = undefined
    }
    const tampered = sinceLoad()
    if (tampered !== '') effects.push('built-ins changed ' + tampered)
    if (atLoad !== '') effects.push('built-ins changed while loading ' + atLoad)
    around = after
  }
}

const createSession = (session) => {
  const values = []
  const handles = new WeakMap()
  const stubs = new WeakMap()
  const foreign = new WeakSet() // what the session passed in: it is not the package's to hand out
  const used = new Map()
  const state = { events: [], late: 0, engine: [] }
  const unlooked = new Set() // numbers of promises that came in and are rejected, with nobody to handle it
  const called = new Map() // what callbacks were called with
  let gives // the promises inside of the outcome that is being written

  const encoder = createEncoder({
    intrinsics,
    maxSize: 4 * 1024 * 1024,
    root,
    exportOf: (value) => exportRefs.get(value),
    markOf: (value) => handles.get(value),
    callbackOf: (value) => stubs.get(value),
    promiseOf: (value) => settlements.numberOf(value),
    onReference: (value) => {
      if (gives !== undefined && types.isPromise(value) && !isIncoming(value)) gives.push(value)
    },
    constructed,
  })
  const plainEncoder = createEncoder({
    intrinsics,
    maxSize: 4 * 1024 * 1024,
    root,
    exportOf: (value) => exportRefs.get(value),
    markOf: (value) => handles.get(value),
    callbackOf: (value) => stubs.get(value),
    promiseOf: (value) => settlements.numberOf(value),
  })

  const text = (value) => {
    try {
      const encoded = encoder(value)
      state.engine.push(...encoded.facts.engineErrors)
      return JSON.stringify(encoded.graph)
    } catch (error) {
      return '"' + (error instanceof RangeError ? 'too deep' : 'not to be written down') + '"'
    }
  }

  const log = (what, args) => state.events.push(what + ' ' + text(args))

  const reply = (id, receiver, args) => {
    const known = (session.callbacks && session.callbacks[id]) || []
    const n = used.get(id) || 0
    used.set(id, n + 1)
    log('callback ' + id, [receiver === globalThis ? undefined : receiver].concat(args))
    called.set(id + ' ' + n, [receiver].concat(args))
    settlements.happened(['answer', id, n])
    const answer = known[n]
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
    let fn
    const act = function (receiver, args) {
      if (node.say !== undefined) {
        log('getter.read', [node.n])
        return decode({ v: node.say, n: [] })
      }
      return id === undefined ? undefined : reply(id, receiver, args)
    }
    if (node.w === 0) {
      fn = class {}
    } else if (node.c) {
      fn = function (...args) {
        return act(this, args)
      }
    } else {
      fn = {
        method(...args) {
          return act(this, args)
        },
      }.method
    }
    Object.defineProperty(fn, 'name', { value: node.n, configurable: true })
    if (typeof node.l === 'number') Object.defineProperty(fn, 'length', { value: node.l, configurable: true })
    if (id !== undefined) stubs.set(fn, id)
    return fn
  }

  const exportAt = (name, steps) => {
    const found = modules.get(name)
    if (found === undefined || found.failed !== undefined) {
      state.unloaded = true
      throw new Error('module ' + name + ' does not load: ' + (found && found.failed))
    }
    return walk(found.value, steps)
  }
  const handleAt = (step, steps) => walk(values[step], steps)
  const promiseAt = (id) => {
    const promise = settlements.promiseAt(id)
    unhandled.set(promise, { id, unlooked })
    return promise
  }
  const onBuilt = (value) => foreign.add(value)
  const decode = createDecoder({ intrinsics, root, exportAt, handleAt, stub, promiseAt, onBuilt })
  const gave = [] // what promises gave that is not the package's own, and how that was written
  const settlements = createSettlements({
    promises: session.promises || {},
    valueOf: (graph, id) => {
      if (Array.isArray(graph)) return called.get(graph[1] + ' ' + graph[2])[graph[3] + 1]
      const value = decode(graph)
      if (foreign.has(value)) gave.push({ id, value, before: text(value) })
      return value
    },
    fail: (error) =>
      (state.undriven = String(error && error.message)
        .split(root)
        .join('')),
  })
  const isIncoming = (value) => settlements.numberOf(value) !== undefined

  const note = (index, value) => {
    values[index] = value
    if (!isReference(value) || foreign.has(value) || exportRefs.has(value) || stubs.has(value) || handles.has(value))
      return
    if (hasBehaviour(value)) handles.set(value, index)
  }

  const perform = (step, receiver, args) => {
    const target = step.target
    const at = (steps) => (target.module !== undefined ? exportAt(target.module, steps) : handleAt(target.step, steps))
    const holder = target.path.length > 0 ? at(target.path.slice(0, -1)) : undefined
    const key = target.path.length > 0 ? keyOf(holder, target.path[target.path.length - 1]) : undefined
    if (step.op === 'get') return holder[key]
    if (step.op === 'set') return void (holder[key] = args[0])
    const fn = key === undefined ? at([]) : holder[key]
    if (step.op === 'construct') return Reflect.construct(fn, args)
    return Reflect.apply(fn, step.holder ? holder : receiver, args)
  }

  const outcomes = []
  const settling = [] // of promises inside of outcomes: when they settle, and what they settled with

  /** What a promise settles with that stands inside of an outcome, where it did when it was recorded. */
  const follow = (index, promises) => {
    const until = session.steps[index].gives || []
    promises.forEach((promise, n) => {
      if (typeof until[n] !== 'number') return
      const each = { index, n, until: until[n] }
      const tell = (kind) => (value) => {
        each.said = kind + ' ' + text(value)
      }
      each.promise = Promise.race([then.call(promise, tell('resolve'), tell('reject')), limit()])
      settling.push(each)
    })
  }

  /** As parts of the outcomes in which they stand. */
  const tellFollowed = () => {
    settling.sort((a, b) => a.index - b.index || a.n - b.n)
    for (const { index, n, said } of settling)
      if (said === undefined) outcomes[index] = { out: 'never settled' }
      else outcomes[index].out += '\ngives ' + n + ' ' + said
  }

  /** One canonical text: what came out, what the arguments became, what happened on the way. */
  const settle = (index, kind, value, input, before) => {
    const events = state.events.splice(0)
    const engineFrom = state.engine.length
    const parts = { kind, value: value instanceof Exit ? 'exit' : undefined }
    gives = []
    const written = value instanceof Exit ? '"exit"' : text(value)
    follow(index, gives)
    gives = undefined
    const after = input === undefined ? before : text(input)
    const engine = state.engine.slice(engineFrom)
    let out = kind + ' ' + written
    if (after !== before) out += '\nargs ' + after
    if (events.length > 0) out += '\n' + events.join('\n')
    let plain
    if (engine.length > 0 || parts.value) {
      try {
        plain = JSON.stringify(plainEncoder(value).graph)
      } catch (error) {
        plain = undefined
      }
    }
    outcomes[index] = {
      out,
      plain: plain === undefined ? undefined : kind + ' ' + plain,
      engine: engine.length > 0 ? engine : undefined,
    }
  }

  const runStep = (index) => {
    const step = session.steps[index]
    let input
    let before
    let value
    try {
      input = decode(step.input)
      before = text(input)
    } catch (error) {
      outcomes[index] = {
        out:
          'undriven ' +
          String(error && error.message)
            .split(root)
            .join(''),
      }
      return undefined
    }
    const receiver = input[0]
    const args = input.slice(1)
    try {
      value = perform(step, receiver, args)
    } catch (error) {
      settle(index, 'throw', error, input, before)
      return undefined
    }
    if (step.pending && isReference(value) && !isIncoming(value) && typeof value.then === 'function') {
      const waiting = Promise.resolve(value).then(
        (result) => {
          settle(index, 'resolve', result, input, before)
          note(index, result)
          settlements.happened(['outcome', index])
        },
        (error) => {
          settle(index, 'reject', error, input, before)
          settlements.happened(['outcome', index])
        },
      )
      return Promise.race([waiting, limit()])
    }
    settle(index, 'return', value, input, before)
    note(index, value)
    return undefined
  }

  const turn = () => new Promise((resolve) => realImmediate(resolve))
  // it keeps the process alive where nothing else does: what never settles must not end the batch
  const limit = () => new Promise((resolve) => realTimeout(resolve, batch.pendingMs || 2000))

  const lateCallbacks = async () => {
    const missing = () =>
      !state.unloaded &&
      (Object.keys(session.callbacks || {}).some((id) => (used.get(Number(id)) || 0) < session.callbacks[id].length) ||
        settlements.isOpen(Infinity))
    await turn()
    for (
      let waited = 0;
      missing() && waited < (session.async ? batch.lateMs || 1000 : batch.lateMs === undefined ? 20 : 0);
      waited += 5
    )
      await new Promise((resolve) => realTimeout(resolve, 5))
  }

  /** What had settled before a step does so before it; once is waited in vain. */
  const settled = async (step) => {
    if (state.isGivenUp) return
    await Promise.race([settlements.before(step), limit()])
    state.isGivenUp = settlements.isOpen(step)
  }

  /** In the end: a process of somebody else's would stop here. The engine tells when nothing else is left to do. */
  const unlookedTexts = async () => {
    await turn()
    const others = state.events.splice(0).filter((event) => event.startsWith('unhandled '))
    const own = Array.from(unlooked).sort((a, b) => a - b)
    return others.concat(own.map((id) => 'nobody handles the rejection of promise' + (id + 1)))
  }

  /** Like arguments, what promises gave may have been changed. */
  const changedTexts = () =>
    gave
      .sort((a, b) => a.id - b.id)
      .map(({ id, value, before }) => ({ id, before, after: text(value) }))
      .filter(({ before, after }) => before !== after)
      .map(({ id, after }) => 'promise ' + id + ' ' + after)

  const run = async () => {
    const waiting = []
    const isGivenPromises = session.promises !== undefined
    const hasChanged = surroundings()
    for (let index = 0; index < session.steps.length; index++) {
      const due = waiting
        .concat(settling)
        .filter((each) => each.until <= index)
        .map((each) => each.promise)
      if (settlements.isOpen(index)) due.push(settled(index))
      if (due.length > 0 || session.steps[index].pause !== 0) await Promise.all(due)
      if (session.steps[index].pause === 1) await new Promise(atRest)
      const promise = runStep(index)
      settlements.happened(['step', index])
      if (promise !== undefined) waiting.push({ promise, until: session.steps[index].pending })
    }
    await Promise.all(waiting.map((each) => each.promise))
    await Promise.all(settling.map((each) => each.promise))
    const isCalledBack = session.callbacks && Object.keys(session.callbacks).length > 0
    if (isCalledBack || settlements.isOpen(Infinity)) await lateCallbacks()
    if (isGivenPromises) await new Promise(atRest)
    session.steps.forEach((step, index) => {
      if (outcomes[index] === undefined) outcomes[index] = { out: 'never settled' }
    })
    tellFollowed()
    const effects = state.events.splice(0)
    if (isGivenPromises) effects.push(...(await unlookedTexts()), ...changedTexts())
    hasChanged(effects)
    if (effects.length > 0) outcomes.push({ out: effects.join('\n') })
    if (state.undriven !== undefined) outcomes.push({ out: 'undriven ' + state.undriven })
    return outcomes
  }

  return { run, log }
}

/** The modules once more, with other texts in the place of their files. */
const reload = async (texts) => {
  load.refresh(texts)
  modules.clear()
  current = undefined
  await loadModules(batch.modules)
}

const judgeMutants = async (guard, from, { replay, say }) => {
  const mutants = createMutants(batch.mutants, root, guard, { reload, replay, say })
  await mutants.open()
  for (let i = from; i < batch.mutants.list.length; i++) {
    if (process.send) process.send(i)
    say(await mutants.judge(i))
  }
  await mutants.close()
}

/** Tells the driver, now and then, that it goes on: which item it was at when it ended stands in the results. */
const heartbeat = () => {
  let told = -Infinity
  return (i) => {
    const now = milliseconds()
    if (now - told < beatMs) return
    told = now
    if (process.send) process.send(i)
  }
}

const main = async () => {
  const from = Number(process.argv[4] || 0)
  const pins = pinClockAndRandom()
  intrinsics.alias(pins.PinnedDate, 'Date')
  markErrors(intrinsics, constructed)
  watchEffects((what, args) => {
    if (current !== undefined) current.log(what, args)
  })
  const stray = (what) => (error) => {
    if (current !== undefined && !(error instanceof Exit)) current.log(what, [error])
  }
  process.on('uncaughtException', stray('uncaught'))
  process.on('unhandledRejection', (error, promise) => {
    const own = unhandled.get(promise)
    if (own === undefined) stray('unhandled')(error)
    else own.unlooked.add(own.id)
  })
  process.on('rejectionHandled', (promise) => {
    const own = unhandled.get(promise)
    if (own !== undefined) own.unlooked.delete(own.id)
  })
  const say = (record) => writeResult(results, stringify(record) + '\n')
  const replay = (i) => {
    pins.rewind()
    current = createSession(batch.sessions[i])
    return current.run()
  }
  const guard = batch.mutants === undefined ? undefined : createGuard(batch.mutants.guard)
  const replaced = watchAll(intrinsics)
  await loadModules(batch.modules)
  atLoad = replaced()
  sinceLoad = watchLeanedOn()
  if (guard !== undefined) await judgeMutants(guard, from, { replay, say })
  else {
    const beat = heartbeat()
    for (let i = from; i < batch.sessions.length; i++) {
      beat(i)
      say({ i, outcomes: await replay(i) })
    }
  }
  current = undefined
  if (process.disconnect) process.disconnect()
  process.reallyExit(86) // THROUGH of the driver
}

main().catch((error) => {
  writeResult(results, JSON.stringify({ broken: String((error && error.stack) || error) }) + '\n')
  process.reallyExit(1)
})
