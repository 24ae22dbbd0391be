'use strict'
// One session once more: its steps in their order and at their moments, and what came of each.

const isReference = require('./intrinsics.cjs').isReference
const { keyOf, walk } = require('./replay-modules.cjs')
const { createInputs } = require('./replay-inputs.cjs')
const { createWriting } = require('./replay-writing.cjs')
const { atRest } = require('./settlements.cjs')
const { createGiven } = require('./replay-given.cjs')

const realTimeout = setTimeout
const realImmediate = setImmediate

/** Whether `await` gives something else than it gets; to wait for what cannot even be asked fails. */
const isWaitedFor = (value) => {
  try {
    return isReference(value) && typeof value.then === 'function'
  } catch (error) {
    return true
  }
}

const turn = () => new Promise((resolve) => realImmediate(resolve))
const rest = () => new Promise(atRest)
const pause = (ms) => new Promise((resolve) => realTimeout(resolve, ms))

/**
 * world: intrinsics, root, modules, hasBehaviour, constructed; pendingMs and lateMs, where they are told, for what
 * promises and late callbacks are waited; surroundings() looks around before the session, and gives what looks after it;
 * look() looks at what writing leans on
 */
const createSession = (session, world) => {
  const { intrinsics, root, modules, hasBehaviour } = world
  const values = []
  const handles = new WeakMap()
  const outcomes = []
  let isUnloaded = false
  let isGivenUp = false

  const withoutRoot = (error) =>
    String(error && error.message)
      .split(root)
      .join('')

  const exportAt = (name, steps) => {
    if (!modules.isLoaded(name)) isUnloaded = true
    return modules.exportAt(name, steps)
  }
  const handleAt = (step, steps) => walk(values[step], steps)

  const names = {
    intrinsics,
    root,
    exportOf: modules.refOf,
    markOf: (value) => handles.get(value),
    callbackOf: (value) => inputs.callbacks.idOf(value),
    promiseOf: (value) => inputs.settlements.numberOf(value),
  }
  const writing = createWriting(names, world.constructed, world.look)
  const inputs = createInputs({ session, refs: { intrinsics, root, exportAt, handleAt }, writing })
  const { callbacks, settlements } = inputs

  const note = (index, value) => {
    values[index] = value
    const isNamed = (each) => modules.refOf(each) || callbacks.idOf(each) !== undefined || handles.has(each)
    if (!isReference(value) || inputs.isForeign(value) || isNamed(value)) return
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

  // it keeps the process alive where nothing else does: what never settles must not end the batch
  const limit = () => pause(world.pendingMs || 2000)

  const given = createGiven({ session, text: writing.lookAndWrite, limit })

  const settle = (index, kind, value, input, before, through) => {
    const { promises, step } = writing.outcome(kind, value, input, before, through)
    given.follow(index, promises)
    outcomes[index] = step
  }

  /** The engine waits by itself: it asks nobody how, as long as it is a promise of its own. */
  const wait = async (index, promise, input, before) => {
    const through = writing.waitedFor(promise)
    let kind = 'resolve'
    let value
    try {
      value = await promise
    } catch (error) {
      kind = 'reject'
      value = error
    }
    settle(index, kind, value, input, before, through)
    if (kind === 'resolve') note(index, value)
    settlements.happened(['outcome', index])
  }

  const awaitStep = (index, promise, input, before) => Promise.race([wait(index, promise, input, before), limit()])

  /** @returns a promise where there is something to wait for */
  const runStep = (index) => {
    const step = session.steps[index]
    let input
    let before
    let value
    try {
      input = inputs.decode(step.input)
      before = writing.text(input)
    } catch (error) {
      outcomes[index] = { out: 'undriven ' + withoutRoot(error) }
      return undefined
    }
    try {
      value = perform(step, input[0], input.slice(1))
      writing.look()
    } catch (error) {
      settle(index, 'throw', error, input, before)
      return undefined
    }
    if (step.pending && !inputs.isIncoming(value) && isWaitedFor(value)) return awaitStep(index, value, input, before)
    settle(index, 'return', value, input, before)
    note(index, value)
    return undefined
  }

  const lateCallbacks = async () => {
    const isOpen = () => !isUnloaded && (callbacks.isMissing() || settlements.isOpen(Infinity))
    const unasked = world.lateMs === undefined ? 20 : 0
    const mostMs = session.async ? world.lateMs || 1000 : unasked
    await turn()
    for (let waited = 0; isOpen() && waited < mostMs; waited += 5) await pause(5)
  }

  /** What had settled before a step does so before it; once is waited in vain. */
  const settled = async (step) => {
    if (isGivenUp) return
    await Promise.race([settlements.before(step), limit()])
    isGivenUp = settlements.isOpen(step)
  }

  const runSteps = async () => {
    const waiting = []
    const dueBefore = (index) =>
      waiting
        .concat(given.within)
        .filter((each) => each.until <= index)
        .map((each) => each.promise)
    for (let index = 0; index < session.steps.length; index++) {
      const step = session.steps[index]
      const due = dueBefore(index)
      if (settlements.isOpen(index)) due.push(settled(index))
      if (due.length > 0 || step.pause !== 0) await Promise.all(due)
      // what was waited for may have given promises that are due as well
      const more = dueBefore(index).filter((each) => !due.includes(each))
      if (more.length > 0) await Promise.all(more)
      if (step.pause === 1) await rest()
      const promise = runStep(index)
      settlements.happened(['step', index])
      if (promise !== undefined) waiting.push({ promise, until: step.pending })
    }
    await Promise.all(waiting.map((each) => each.promise))
    await Promise.all(given.within.map((each) => each.promise))
  }

  /** In the end: a process of somebody else's would stop here. The engine tells when nothing else is left to do. */
  const endOfPromises = async () => {
    await turn()
    const others = writing.takeEvents().filter((event) => event.startsWith('unhandled '))
    return others.concat(inputs.unlookedTexts(), inputs.changedTexts())
  }

  const run = async () => {
    const isGivenPromises = session.promises !== undefined
    const hasChanged = world.surroundings()
    await runSteps()
    if (callbacks.any || settlements.isOpen(Infinity)) await lateCallbacks()
    if (isGivenPromises) await rest()
    world.look()
    session.steps.forEach((step, index) => {
      if (outcomes[index] === undefined) outcomes[index] = { out: 'never settled' }
    })
    given.tell(outcomes)
    const effects = writing.takeEvents()
    if (isGivenPromises) effects.push(...(await endOfPromises()))
    hasChanged(effects)
    if (effects.length > 0) outcomes.push({ out: effects.join('\n') })
    const undriven = inputs.undriven()
    if (undriven !== undefined) outcomes.push({ out: 'undriven ' + undriven.split(root).join('') })
    return outcomes
  }

  return { run, log: writing.log }
}

module.exports = { createSession }
