'use strict'
// What a recording knows: who is who among values and their proxies, and where the tests are at the moment.

const fs = require('fs')
const path = require('path')
const types = require('util').types
const { createIntrinsics, isReference } = require('./intrinsics.cjs')
const { createBehaviour } = require('./behaviour.cjs')

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

const now = {
  sequence: 0, // steps so far
  sessions: 0,
  callbacks: 0,
  depth: 0, // calls into the package on the stack
  inCallback: 0, // the tests' own code runs, called by the package
}
const active = [] // sessions whose call is on the stack, for attributing callback calls
const running = [] // callback calls on the stack, [id, n]

const unwrap = (value) => (isReference(value) && rawOf.has(value) ? rawOf.get(value) : value)
const toUser = (value) => {
  const raw = unwrap(value)
  if (!isReference(raw)) return raw
  if (foreign.has(raw) || callbackIds.has(raw)) return raw
  return proxyOf.has(raw) ? proxyOf.get(raw) : value
}

const isPlain = (value) => {
  if (Array.isArray(value)) return true
  const proto = Object.getPrototypeOf(value)
  return proto === null || intrinsics.nameOf(proto) === 'Object.prototype'
}

const isNativePromise = (value) =>
  types.isPromise(value) && intrinsics.nameOf(Object.getPrototypeOf(value)) === 'Promise.prototype'

module.exports = {
  settings,
  recordsDir,
  root,
  limits,
  intrinsics,
  isReference,
  hasBehaviour,
  rawOf,
  proxyOf,
  exportRefs,
  handleRefs,
  callbackIds,
  foreign,
  now,
  active,
  running,
  unwrap,
  toUser,
  isPlain,
  isNativePromise,
}
