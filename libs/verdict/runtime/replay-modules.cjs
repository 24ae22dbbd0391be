'use strict'
// The modules of one tree, loaded by name, and the way from a name to what it means.

const isNamespace = require('util').types.isModuleNamespaceObject
const { createLoader } = require('./loader.cjs')
const { createRegister } = require('./register-exports.cjs')

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

const createModules = ({ root, intrinsics, hasBehaviour }) => {
  const load = createLoader(root)
  const modules = new Map() // name -> { value } or { failed }
  const exportRefs = new WeakMap()
  const { register } = createRegister({ intrinsics, hasBehaviour, exportRefs })

  const loadAll = async (names) => {
    for (const name of names) {
      try {
        const value = await load(name)
        modules.set(name, { value })
        if (isNamespace(value)) {
          for (const key of Reflect.ownKeys(value))
            if (typeof key === 'string') register(value[key], { module: name, path: [key] }, 2)
        } else register(value, { module: name, path: [] }, 2)
      } catch (error) {
        modules.set(name, { failed: String((error && error.name) || error) })
      }
    }
  }

  /** The modules once more, with other texts in the place of their files. */
  const reload = async (texts, names) => {
    load.refresh(texts)
    modules.clear()
    await loadAll(names)
  }

  const isLoaded = (name) => modules.has(name) && modules.get(name).failed === undefined

  const exportAt = (name, steps) => {
    const found = modules.get(name)
    if (!isLoaded(name)) throw new Error('module ' + name + ' does not load: ' + (found && found.failed))
    return walk(found.value, steps)
  }

  return { loadAll, reload, isLoaded, exportAt, refOf: (value) => exportRefs.get(value) }
}

module.exports = { createModules, keyOf, walk }
