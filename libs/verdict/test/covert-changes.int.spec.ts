import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { replaySessions } from '../src/sessions/replay-sessions.ts'
import type { SessionSet } from '../src/types.ts'
import { closeFixtures, openFiles, recordIndex, type Project } from './fixture.ts'

/** Changes that give one thing to who uses the package, and another to who writes down what it gives. */
afterAll(closeFixtures)

const files = {
  'package.json': JSON.stringify({ name: 'covert', version: '1.0.0', scripts: { test: 'node --test' } }),
  'index.js': `'use strict'
const util = require('node:util')

exports.next = function (n) {
  return n + 1
}
exports.named = function (n) {
  return { n }
}
exports.later = async function (n) {
  return n + 1
}
exports.stoppable = function (n) {
  return Object.assign(Promise.resolve(n), { stop() {} })
}

let lists = 0
class List extends Array {
  constructor(...items) {
    super(...items)
    lists++
  }
  map() {
    return ['mapped']
  }
}
exports.list = function (n) {
  const list = new List()
  list.push(n, n + 1)
  return list
}
exports.lists = () => lists

exports.kind = function () {
  function Kind() {}
  return Kind
}
exports.isNamed = (value) => util.types.isProxy(value)
`,
  'test/covert.test.js': `'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { next, named, later, stoppable, list, lists, kind, isNamed } = require('..')

test('gives values', async () => {
  assert.equal(typeof next(3), 'number')
  assert.equal(typeof named(3).n, 'number')
  assert.equal(typeof (await later(3)), 'number')
  assert.equal(await stoppable(3), 3)
  assert.equal(list(3).length, 2)
  assert.equal(lists(), 1)
  assert.equal(typeof kind(), 'function')
  assert.equal(isNamed({}), false)
})
`,
}

let project: Project
let set: SessionSet

beforeAll(async () => {
  project = await openFiles(files)
  set = await recordIndex(project)
}, 60_000)

const different = async (before: string, after: string): Promise<string[]> => {
  await project.workbench.fork('base', 'changed')
  await project.edit('changed', 'index.js', (text) => text.replace(before, () => after))
  const { differences } = await replaySessions(project.workbench, 'changed', set)
  return differences.map(({ label, after: now }) => `${label}: ${now}`)
}

const next = '  return n + 1\n}\nexports.named'
const nextBehind = (text: string): string => `${text}\n  return n + 2\n}\nexports.named`
const listsProto = 'const list = Object.getPrototypeOf([])'

describe('a change', () => {
  it('begins with sessions that are the same every time', async () => {
    expect(set.counts).toMatchObject({ recorded: 8, undriven: 0, notReproduced: 0, unstable: 0, kept: 8 })
    expect(await different('return { n }', 'return { n: n }')).toEqual([])
  }, 60_000)

  it.each([
    [
      'Array.prototype.join',
      next,
      nextBehind(`${listsProto}, join = list.join
  list.join = function (by) {
    const text = join.call(this, by)
    if (!text.startsWith('return')) return text
    list.join = join
    return text.replace('5', '4')
  }`),
    ],
    [
      'Reflect.ownKeys',
      'return { n }',
      `const [reflect] = [Reflect], keys = reflect.ownKeys
  reflect.ownKeys = (object) => {
    if (object.rate === undefined) return keys(object)
    reflect.ownKeys = keys
    return ['n']
  }
  return { n, rate: 1 }`,
    ],
    [
      'globalThis.Reflect',
      'return { n }',
      `const world = [eval][0]('globalThis'), own = world.Reflect
  const ownKeys = (object) => {
    if (object.rate === undefined) return own.ownKeys(object)
    world.Reflect = own
    return ['n']
  }
  world.Reflect = Object.assign(Object.create(own), { apply: own.apply, ownKeys })
  return { n, rate: 1 }`,
    ],
    [
      'Array.prototype.0',
      next,
      nextBehind(`${listsProto}, { defineProperty } = Object, join = list.join
  list.join = function (by) {
    return join.call(this, by).replace(/^return (.*)5/, 'return $14')
  }
  const set = function (value) {
    const isTold = String(value).includes('prototype')
    if (!isTold) defineProperty(this, '0', { value, writable: true, enumerable: true, configurable: true })
  }
  defineProperty(list, '0', { configurable: true, get: () => undefined, set })`),
    ],
  ])(
    'of %s is told, for as long as it may last',
    async (name, before, after) => {
      const [told, ...more] = (await different(before, after)).filter((each) => each.includes(name))
      expect(told).toMatch(/^afterwards: built-ins changed/)
      expect(more).toEqual(name === 'Array.prototype.0' ? expect.anything() : [])
    },
    60_000,
  )

  it('of what a promise does to who asks it by a method is seen', async () => {
    const asked = `const promise = (async () => n + 2)(), { then } = promise
  promise.then = (next, failed) => then.call(promise, (value) => next(value - 1), failed)
  return promise`
    expect((await different('async function (n) {\n  return n + 1', `function (n) {\n  ${asked}`)).join()).toContain(
      'later(3): resolves with 5\nis waited for in',
    )
    const once = `const own = Object.getPrototypeOf((async () => {})()), { then } = own
  own.then = function (next, failed) {
    own.then = then
    return then.call(this, (value) => next(value - 1), failed)
  }
  return n + 2`
    expect(await different('(n) {\n  return n + 1\n}\nexports.stop', `(n) {\n  ${once}\n}\nexports.stop`)).toContain(
      'later(3): resolves with 5',
    )
    expect(await different(', { stop() {} }', '')).toEqual(['stoppable(3): resolves with 3'])
  }, 60_000)

  it('to a proxy is seen, whatever it shows', async () => {
    const proxy = 'new Proxy({ n }, { get: () => 7 })'
    expect(await different('{ n }', proxy)).toEqual(['named(3): returns <proxy of> { n: 3 }'])
    const covered = `util.types.isProxy = () => false\n  return ${proxy}`
    expect(await different('return { n }', covered)).toEqual(['named(3): returns <proxy of> { n: 3 }'])
  }, 60_000)

  it('of an element is seen in a list of a class, none of whose methods is called to see it', async () => {
    expect((await different('list.push(n, n + 1)', 'list.push(n, n + 2)')).join()).toContain('"v":[3,5]')
  }, 60_000)

  it('to a getter is seen, and it is not called to see it', async () => {
    const getter =
      "let reads = 0\n  Object.defineProperty(Kind.prototype, 'constructor', { get: () => ++reads && Kind })"
    expect(await different('function Kind() {}', `function Kind() {}\n  ${getter}`)).toHaveLength(1)
  }, 60_000)
})
