'use strict'
// Which built-ins are no longer what they were when this was loaded. Code that replaces them decides what the replay
// sees of it, so each replacement is told as part of what the code did.

const getDescriptor = Object.getOwnPropertyDescriptor
const ownKeys = Reflect.ownKeys
const apply = Reflect.apply
const join = Array.prototype.join
const is = Object.is

/** What writing down an outcome leans on: looked at after every session. */
const leanedOn = () => [
  ['Object', Object],
  ['Reflect', Reflect],
  ['JSON', JSON],
  ['Array.prototype', Array.prototype],
  ['String.prototype', String.prototype],
  ['RegExp.prototype', RegExp.prototype],
  ['Map.prototype', Map.prototype],
  ['Set.prototype', Set.prototype],
  ['WeakMap.prototype', WeakMap.prototype],
  ['WeakSet.prototype', WeakSet.prototype],
  ['Function.prototype', Function.prototype],
]

const keyName = (key) => (typeof key === 'symbol' ? '@@' + String(key.description) : key)

const partsOf = (object) => {
  const parts = []
  const keys = ownKeys(object)
  for (let i = 0; i < keys.length; i++) {
    const each = getDescriptor(object, keys[i])
    if (each !== undefined) parts[parts.length] = { key: keys[i], value: each.value, get: each.get, set: each.set }
  }
  return parts
}

/** Node puts a value in the place of a global's getter when it is first asked for: only others count there. */
const changesOf = (name, object, before, lazy) => {
  const changes = []
  let left = 0
  for (let i = 0; i < before.length; i++) {
    const was = before[i]
    const now = getDescriptor(object, was.key)
    if (now === undefined) {
      changes[changes.length] = name + '.' + keyName(was.key)
      continue
    }
    left++
    if (lazy && was.get !== undefined) continue
    else if (!is(now.value, was.value) || now.get !== was.get || now.set !== was.set)
      changes[changes.length] = name + '.' + keyName(was.key)
  }
  const keys = ownKeys(object)
  if (keys.length === left) return changes
  const known = { __proto__: null }
  for (let i = 0; i < before.length; i++) known[before[i].key] = true
  for (let i = 0; i < keys.length; i++) if (!known[keys[i]]) changes[changes.length] = name + '.' + keyName(keys[i])
  return changes
}

const watch = (objects) => {
  const before = []
  for (let i = 0; i < objects.length; i++) before[i] = partsOf(objects[i][1])
  /** Names of what has changed since, as one text; empty when nothing has. */
  return () => {
    const all = []
    for (let i = 0; i < objects.length; i++) {
      const changes = changesOf(objects[i][0], objects[i][1], before[i], objects[i][1] === globalThis)
      for (let n = 0; n < changes.length; n++) all[all.length] = changes[n]
    }
    return apply(join, all, [' '])
  }
}

/** @returns {() => string} over every built-in that has a name; to be asked once, when the modules are loaded */
const watchAll = (intrinsics) =>
  watch(
    [['globalThis', globalThis]].concat(
      intrinsics.entries().filter((entry) => !/^(globalThis|process|console)\b/.test(entry[0])),
    ),
  )

const watchLeanedOn = () => watch(leanedOn())

module.exports = { watchAll, watchLeanedOn }
