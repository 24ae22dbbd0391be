'use strict'
// Which of a list of mutants do the recorded sessions see? Every mutant is a fresh load of the project's modules in
// this one warm process: no state of one is left for the next, and a load costs less than a process by far.

const path = require('path')

/** What a mutant that never ends is ended with; the package may catch it, and meets it again at its next loop. */
class Endless extends Error {}

/** Turns of all loops in one session: what a session needs, many times over. */
const spare = 20
const least = 10000
const beatMs = 100

const milliseconds = () => Number(process.hrtime.bigint() / 1000000n)

/** Counts the turns of loops: the sources call it by the global name `name`. */
const createGuard = (name) => {
  const guard = { turns: 0, limit: Infinity, tripped: false }
  const value = () => {
    if (guard.tripped || ++guard.turns > guard.limit) {
      guard.tripped = true
      throw new Endless('a loop does not end')
    }
  }
  Object.defineProperty(globalThis, name, { value, enumerable: false, configurable: false, writable: false })
  guard.start = (limit) => {
    guard.turns = 0
    guard.tripped = false
    guard.limit = limit
  }
  return guard
}

/** A source with guards in its loops, and with a mutant where there is one. Offsets are those of the plain source. */
const weave = (source, guards, mutant) => {
  const pieces = guards.filter(
    ({ at }) => mutant === undefined || at <= mutant.start || at >= mutant.end || mutant.start === mutant.end,
  )
  let text = ''
  let from = 0
  const upTo = (to) => {
    text += source.slice(from, to)
    from = to
  }
  let planted = mutant === undefined
  const plant = () => {
    upTo(mutant.start)
    text += mutant.replacement
    from = mutant.end
    planted = true
  }
  for (const { at, text: inserted } of pieces) {
    if (!planted && at > mutant.start) plant()
    upTo(at)
    text += inserted
  }
  if (!planted) plant()
  upTo(source.length)
  return text
}

/**
 * @param order `{ sources: { file: { text, guards } }, list: [{ file, start, end, replacement }], expected: [[text]] }`
 * @param tools `reload(overrides)` loads the modules afresh, `replay(i)` gives what session i does, `say` writes a line
 */
const createMutants = (order, root, guard, tools) => {
  const names = Object.keys(order.sources)
  const guarded = new Map(
    names.map((name) => [path.join(root, name), weave(order.sources[name].text, order.sources[name].guards)]),
  )
  const limits = []
  const usable = []

  const same = (i, outcomes) => {
    const expected = order.expected[i]
    return outcomes.length === expected.length && outcomes.every(({ out }, n) => out === expected[n])
  }

  /** Sessions that give what they gave when they were recorded, on guarded and freshly loaded modules. */
  const control = async () => {
    const found = []
    await tools.reload(guarded)
    for (let i = 0; i < order.expected.length; i++) {
      guard.start(Infinity)
      if (same(i, await tools.replay(i))) found.push(i)
      limits[i] = least + spare * guard.turns
    }
    return found
  }

  const open = async () => {
    usable.push(...(await control()))
    tools.say({ control: { sessions: order.expected.length, usable: usable.length } })
  }

  /** The first session that sees a mutant. */
  const judge = async (index) => {
    const mutant = order.list[index]
    const overrides = new Map(guarded)
    const { text, guards } = order.sources[mutant.file]
    overrides.set(path.join(root, mutant.file), weave(text, guards, mutant))
    guard.start(least)
    await tools.reload(overrides)
    if (guard.tripped) return { i: index, timedOut: true }
    let beat = milliseconds()
    for (const i of usable) {
      const now = milliseconds()
      if (now - beat > beatMs && process.send) process.send(index)
      if (now - beat > beatMs) beat = now
      guard.start(limits[i])
      const outcomes = await tools.replay(i)
      if (guard.tripped) return { i: index, killed: i, timedOut: true }
      if (!same(i, outcomes)) return { i: index, killed: i }
    }
    return { i: index, survived: true }
  }

  /** Whether mutants left something behind in the process that sessions can see. */
  const close = async () => {
    const again = await control()
    if (again.length !== usable.length) tools.say({ tainted: usable.length - again.length })
  }

  return { open, judge, close }
}

module.exports = { createGuard, createMutants }
