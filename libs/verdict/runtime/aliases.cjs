'use strict'
// Tells under which names of other modules the exports of some modules can be found: the very same functions and
// objects. usage: node aliases.cjs <order> <answer>; the order is { modules, inner }, the answer [{ from, to }]

const fs = require('fs')
const writeFile = fs.writeFileSync
const stringify = JSON.stringify
const root = process.cwd()

const { createIntrinsics, isReference } = require('./intrinsics.cjs')
const { createLoader } = require('./loader.cjs')

const order = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))
const inner = new Set(order.inner)
const intrinsics = createIntrinsics()
const deepest = 3

const isOwn = (value) => isReference(value) && intrinsics.nameOf(value) === undefined

/** What is reached from a module by plain properties, the nearest names first. */
const reached = (module, whole) => {
  const found = new Map()
  let level = isOwn(whole) ? [{ value: whole, path: [] }] : []
  for (let depth = 0; depth <= deepest; depth++) {
    const next = []
    for (const { value, path } of level) {
      if (found.has(value)) continue
      found.set(value, { module, path })
      for (const key of Reflect.ownKeys(value).slice(0, 500)) {
        const descriptor = typeof key === 'string' ? Object.getOwnPropertyDescriptor(value, key) : undefined
        if (descriptor && 'value' in descriptor && isOwn(descriptor.value))
          next.push({ value: descriptor.value, path: path.concat([key]) })
      }
    }
    level = next
  }
  return found
}

const main = async () => {
  const load = createLoader(root)
  process.stdout.write = process.stderr.write = () => true
  process.on('uncaughtException', () => {})
  process.on('unhandledRejection', () => {})
  const inside = []
  const outside = new Map()
  for (const module of order.modules) {
    let found
    try {
      found = reached(module, await load(module))
    } catch (error) {
      continue // what does not load has no sessions
    }
    if (inner.has(module)) inside.push(found)
    else for (const [value, name] of found) if (!outside.has(value)) outside.set(value, name)
  }
  const aliases = []
  for (const found of inside)
    for (const [value, from] of found) if (outside.has(value)) aliases.push({ from, to: outside.get(value) })
  writeFile(process.argv[3], stringify(aliases))
  process.reallyExit(0)
}

main()
