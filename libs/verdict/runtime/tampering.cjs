'use strict'
// Which built-ins are no longer what they were when this was loaded. Code that replaces them decides what the replay
// sees of it, so each replacement is told as part of what the code did.

const getDescriptor = Object.getOwnPropertyDescriptor
const ownKeys = Reflect.ownKeys
const prototypeOf = Object.getPrototypeOf
const is = Object.is
const here = globalThis

/** Names by which the replay finds what it leans on. */
const globals =
  'Array ArrayBuffer BigInt Buffer Date Error JSON Map Number Object Promise Reflect Set String Symbol WeakMap WeakSet'.split(
    ' ',
  )

/** What writing down an outcome leans on: looked at before each, and after every session. */
const leanedOn = () => [
  ['Object', Object],
  ['Object.prototype', Object.prototype],
  ['Reflect', Reflect],
  ['JSON', JSON],
  ['Array', Array],
  ['Array.prototype', Array.prototype],
  ['%ArrayIteratorPrototype%', prototypeOf([][Symbol.iterator]())],
  ['String.prototype', String.prototype],
  ['Symbol.prototype', Symbol.prototype],
  ['Number', Number],
  ['RegExp.prototype', RegExp.prototype],
  ['Map.prototype', Map.prototype],
  ['Set.prototype', Set.prototype],
  ['WeakMap.prototype', WeakMap.prototype],
  ['WeakSet.prototype', WeakSet.prototype],
  ['Function.prototype', Function.prototype],
  ['Promise', Promise],
  ['Promise.prototype', Promise.prototype],
  ['globalThis', globalThis, globals],
]

const keyName = (key) => (typeof key === 'symbol' ? '@@' + String(key.description) : key)

const partsOf = (object, only) => {
  const parts = []
  const keys = only || ownKeys(object)
  for (let i = 0; i < keys.length; i++) {
    const each = getDescriptor(object, keys[i])
    if (each !== undefined) parts[parts.length] = { key: keys[i], value: each.value, get: each.get, set: each.set }
  }
  return parts
}

/** Node puts a value in the place of a global's getter when it is first asked for: only others count there. */
const noteChanges = (changes, watched, before, lazy) => {
  // not taken apart: that would ask an iterator
  const name = watched[0]
  const object = watched[1]
  const only = watched[2]
  let left = 0
  for (let i = 0; i < before.length; i++) {
    const was = before[i]
    const now = getDescriptor(object, was.key)
    if (now === undefined) {
      changes[name + '.' + keyName(was.key)] = true
      continue
    }
    left++
    if (lazy && was.get !== undefined) continue
    else if (!is(now.value, was.value) || now.get !== was.get || now.set !== was.set)
      changes[name + '.' + keyName(was.key)] = true
  }
  const keys = only === undefined ? ownKeys(object) : undefined
  if (keys === undefined || keys.length === left) return
  const known = { __proto__: null }
  for (let i = 0; i < before.length; i++) known[before[i].key] = true
  for (let i = 0; i < keys.length; i++) if (!known[keys[i]]) changes[name + '.' + keyName(keys[i])] = true
}

/** @returns what gives the names of all that has changed since, as keys: lists and their methods may be among it */
const watch = (objects) => {
  const before = []
  for (let i = 0; i < objects.length; i++) before[i] = partsOf(objects[i][1], objects[i][2])
  return () => {
    const changes = { __proto__: null }
    for (let i = 0; i < objects.length; i++)
      noteChanges(changes, objects[i], before[i], objects[i][1] === here && objects[i][2] === undefined)
    return changes
  }
}

/** As one text; empty for none. */
const namesOf = (changes, without) => {
  let text = ''
  for (const name in changes) if (without === undefined || !without[name]) text += (text === '' ? '' : ' ') + name
  return text
}

/** @returns {() => string} over every built-in that has a name; to be asked once, when the modules are loaded */
const watchAll = (intrinsics) => {
  const changed = watch(
    [['globalThis', globalThis]].concat(
      intrinsics.entries().filter((entry) => !/^(globalThis|process|console)\b/.test(entry[0])),
    ),
  )
  return () => namesOf(changed())
}

/**
 * look() is to be called before an outcome is written, when code of the package has run: what it replaces and puts back
 * in the meantime is told, too. end() gives the names of what is replaced, and of what was for a while.
 */
const watchLeanedOn = () => {
  const changed = watch(leanedOn())
  let during = { __proto__: null }
  const look = () => {
    const now = changed()
    for (const name in now) during[name] = true
  }
  const end = () => {
    const now = changed()
    const meanwhile = namesOf(during, now)
    during = { __proto__: null }
    return { now: namesOf(now), meanwhile }
  }
  return { look, end }
}

module.exports = { watchAll, watchLeanedOn }
