'use strict'
// Imports modules one after the other and tells what each exports, in facts that can be compared by name.

const fs = require('fs')
const results = fs.openSync(process.argv[3], 'a')
const writeResult = fs.writeSync
const root = process.cwd()

const { createIntrinsics, isReference } = require('./intrinsics.cjs')
const { isConstructor } = require('./encode.cjs')
const { createLoader } = require('./loader.cjs')

const batch = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))
const intrinsics = createIntrinsics()
const deepest = 4

const keyText = (key) => (typeof key === 'symbol' ? '@@' + String(key.description) : key)

const kindOf = (value) => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value !== 'function') return typeof value
  const prototype = Object.getOwnPropertyDescriptor(value, 'prototype')
  return isConstructor(value) && prototype && !prototype.writable ? 'class' : 'function'
}

const primitive = (value) => {
  if (typeof value === 'string') return JSON.stringify(value.split(root).join('<dir>').slice(0, 500))
  return typeof value === 'symbol' ? String(value) : Object.is(value, -0) ? '-0' : String(value)
}

const sloppyOnly = new Set(['arguments', 'caller'])

/** Own keys in order, with the attributes that are not the usual ones. */
const shapeOf = (value) =>
  Reflect.ownKeys(value)
    .filter((key) => !(typeof value === 'function' && sloppyOnly.has(key)))
    .map((key) => {
      const descriptor = Object.getOwnPropertyDescriptor(value, key)
      const flags =
        'value' in descriptor
          ? (descriptor.writable ? 'w' : '') + (descriptor.enumerable ? 'e' : '') + (descriptor.configurable ? 'c' : '')
          : (descriptor.get ? 'get ' : '') +
            (descriptor.set ? 'set ' : '') +
            (descriptor.enumerable ? 'e' : '') +
            (descriptor.configurable ? 'c' : '')
      return keyText(key) + '(' + flags + ')'
    })
    .join(' ')

const describe = (value, name, facts, seen, depth) => {
  const fact = (what, text) => {
    facts[name === '' ? what : name + '.' + what] = text
  }
  fact('kind', kindOf(value))
  if (!isReference(value)) {
    fact('value', primitive(value))
    return
  }
  const known = intrinsics.nameOf(value)
  if (known !== undefined) {
    fact('is', known)
    return
  }
  if (seen.has(value)) {
    fact('is', seen.get(value) === '' ? 'the export itself' : seen.get(value))
    return
  }
  seen.set(value, name)
  if (typeof value === 'function') {
    fact('arity', String(value.length))
    fact('name', JSON.stringify(value.name))
    fact('constructable', String(isConstructor(value)))
    // sloppy functions alone own `caller`
    if (kindOf(value) === 'function' && isConstructor(value))
      fact('strict', String(!Object.prototype.hasOwnProperty.call(value, 'caller')))
  }
  fact('properties', shapeOf(value))
  if (!Object.isExtensible(value)) fact('extensible', 'false')
  const proto = Object.getPrototypeOf(value)
  if (proto === null || intrinsics.nameOf(proto) !== undefined)
    fact('prototype', proto === null ? 'null' : intrinsics.nameOf(proto))
  else if (depth < deepest) describe(proto, name + '.[[prototype]]', facts, seen, depth + 1)
  if (depth < deepest) members(value, name, facts, seen, depth)
}

const members = (value, name, facts, seen, depth) => {
  const keys = Reflect.ownKeys(value)
  if (keys.length > 500) return
  for (const key of keys) {
    if (typeof value === 'function' && (sloppyOnly.has(key) || key === 'length' || key === 'name')) continue
    const descriptor = Object.getOwnPropertyDescriptor(value, key)
    const path = (name === '' ? '' : name + '.') + keyText(key)
    if ('value' in descriptor) describe(descriptor.value, path, facts, seen, depth + 1)
    else if (descriptor.get && isNamespaceLike(value)) {
      // re-exports of compiled modules are getters: what they give is the surface
      try {
        describe(descriptor.get.call(value), path, facts, seen, depth + 1)
      } catch (error) {
        facts[path + '.kind'] = 'throws'
      }
    }
  }
}

const isNamespaceLike = (value) => Object.prototype.hasOwnProperty.call(value, '__esModule')

const wholeValue = 'module.exports'

const isMember = (whole, key, value) => {
  try {
    return whole !== null && whole !== undefined && key in Object(whole) && Object.is(whole[key], value)
  } catch (error) {
    return false
  }
}

/**
 * What an ES module hands out by `import` where that is not what `require` gives: its default is the very value, and
 * every other name a member of it. Where nothing deviates, there is nothing to tell.
 */
const describeImported = (namespace, whole, facts) => {
  if (namespace === undefined || !Object.prototype.hasOwnProperty.call(namespace, wholeValue)) return
  const fact = (key, text) => {
    facts['[[import]].' + key] = text
  }
  for (const key of Object.keys(namespace).concat('default'))
    if (
      key === 'default'
        ? !Object.is(namespace.default, whole)
        : key !== wholeValue && !isMember(whole, key, namespace[key])
    )
      fact(key, 'another value than require gives')
}

const main = async () => {
  const load = createLoader(root)
  // what modules print while they load is not their surface
  process.stdout.write = process.stderr.write = (chunk, ...rest) => {
    const done = rest[rest.length - 1]
    if (typeof done === 'function') done()
    return true
  }
  process.on('uncaughtException', () => {})
  process.on('unhandledRejection', () => {})
  for (let i = Number(process.argv[4] || 0); i < batch.modules.length; i++) {
    if (process.send) process.send(i)
    let outcome
    try {
      const facts = {}
      const whole = await load(batch.modules[i])
      describe(whole, '', facts, new Map(), 0)
      describeImported(await load.namespaceOf(batch.modules[i]), whole, facts)
      outcome = { i, facts }
    } catch (error) {
      const text = String((error && error.name) || 'Error') + ': ' + String((error && error.message) || error)
      outcome = { i, failed: text.split('\n')[0].split(root).join('<dir>').slice(0, 300) }
    }
    writeResult(results, JSON.stringify(outcome) + '\n')
  }
  process.reallyExit(86) // THROUGH of the driver
}

main()
