'use strict'
// Uses a module that nobody uses: calls what it exports with values that a plan names, one module a process.
// usage: node explorer.cjs <plan>; the plan is { module, functions, classes, anything }

const fs = require('fs')
const path = require('path')
const { createLoader } = require('./loader.cjs')

const plan = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))
const root = path.dirname(__dirname)

const mostMembers = 100
const mostMethods = 12
const mostCalls = 6
const mostItems = 20
const patience = 300 // milliseconds for a promise

const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function'

/** Every call gets values of its own: code may change them. */
const build = (candidate) => {
  if (Array.isArray(candidate)) return candidate.map(build)
  if (candidate === null || typeof candidate !== 'object') return candidate
  if (candidate.$ === 'undefined') return undefined
  if (candidate.$ === 'function') return (value) => value
  return Object.fromEntries(Object.entries(candidate).map(([name, value]) => [name, build(value)]))
}

const settled = async (value) => {
  let timer
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, patience)
  })
  try {
    return await Promise.race([value, late])
  } finally {
    clearTimeout(timer)
  }
}

/** What a call throws is an outcome like any other: the recorder has it. */
const attempt = async (call) => {
  try {
    return { value: await settled(call()) }
  } catch (error) {
    return undefined
  }
}

const own = (table, name) => (Object.prototype.hasOwnProperty.call(table, name) ? table[name] : undefined)

const methodsOf = (value) => {
  const names = new Set()
  for (let at = value; at && at !== Object.prototype && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) {
      if (
        name === 'constructor' ||
        (typeof value === 'function' && /^(length|name|prototype|arguments|caller)$/.test(name))
      )
        continue
      names.add(name)
    }
  }
  return [...names].slice(0, mostMethods)
}

const callsFor = (name, fn, methods = {}) => {
  const known = own(methods, name) || own(plan.functions, name) || own(plan.functions, fn.name)
  if (known) return known
  return fn.length === 0 ? [[]] : plan.anything.map((value) => Array.from({ length: fn.length }, () => value))
}

/** What came back may be used on: its methods, its items, itself. */
const useResult = async (value, methods) => {
  if (!isObject(value) || Array.isArray(value)) return
  if (typeof value === 'function') await attempt(() => value('abc'))
  if (typeof value[Symbol.iterator] === 'function') {
    await attempt(() => {
      let left = mostItems
      for (const item of value) if (item === value || --left === 0) break
    })
    return
  }
  for (const name of methodsOf(value)) {
    const method = value[name]
    if (typeof method !== 'function') continue
    for (const args of callsFor(name, method, methods).slice(0, mostCalls))
      await attempt(() => value[name](...args.map(build)))
  }
}

const useFunction = async (holder, name, fn) => {
  let used = 0
  for (const args of callsFor(name, fn)) {
    const result = await attempt(() => (holder ? holder[name](...args.map(build)) : fn(...args.map(build))))
    if (result && used++ < mostCalls) await useResult(result.value)
  }
}

/** Each method on an object of its own, then all of them on one. */
const useClass = async (Class, { construct, methods }) => {
  const makeable = []
  for (const args of construct) {
    const made = await attempt(() => new Class(...args.map(build)))
    if (made) makeable.push(args)
  }
  for (const args of makeable.slice(0, 2)) {
    for (const name of Object.keys(methods).slice(0, mostMethods)) {
      for (const given of methods[name].slice(0, mostCalls)) {
        const made = await attempt(() => new Class(...args.map(build)))
        if (made) await attempt(() => made.value[name](...given.map(build)))
      }
    }
    const made = await attempt(() => new Class(...args.map(build)))
    if (made) await useResult(made.value, methods)
  }
}

const use = async (holder, name, value, level) => {
  if (typeof value === 'function') {
    const planned = own(plan.classes, name) || own(plan.classes, value.name)
    if (planned) await useClass(value, planned)
    if (!planned || planned.callable) await useFunction(holder, name, value)
  }
  if (!isObject(value) || level === 0) return
  for (const key of Object.keys(value).slice(0, mostMembers)) await use(value, key, value[key], level - 1)
}

process.on('unhandledRejection', () => {})
createLoader(root)(plan.module)
  .then((value) => use(undefined, 'default', value, 2))
  .then(
    () => process.exit(0),
    (error) => {
      console.error(String((error && error.stack) || error))
      process.exit(1)
    },
  )
