import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { replaySessions } from '../src/sessions/replay-sessions.ts'
import type { SessionSet } from '../src/types.ts'
import { closeFixtures, openFiles, recordIndex, type Project } from './fixture.ts'

afterAll(closeFixtures)

const files = {
  'package.json': JSON.stringify({ name: 'tasks', version: '1.0.0', scripts: { test: 'node --test' } }),
  'index.js': `'use strict'
exports.task = function (n) {
  return { id: n, done: new Promise((resolve) => setTimeout(resolve, 5, { twice: 2 * n })) }
}

exports.tries = function (list) {
  return list.map((each) => (each < 0 ? Promise.reject(new RangeError('below ' + each)) : Promise.resolve(each + 1)))
}

exports.idle = function () {
  return { done: new Promise(() => {}) }
}

exports.nested = async function (name) {
  return new Map([[name, Promise.resolve(name.toUpperCase())]])
}

exports.followed = function (given) {
  return { result: given.then((found) => found + 1) }
}

exports.log = []
exports.logged = function (name) {
  return { done: Promise.resolve().then(() => void exports.log.push(name)) }
}

const fail = async (text) => {
  throw new Error(text)
}
exports.quiet = function (text) {
  const done = fail(text)
  done.catch(() => {})
  return { done }
}

class Counter {
  constructor(most) {
    this.count = 0
    this.done = new Promise((resolve) => setTimeout(resolve, 10)).then(() => void (this.count = most))
  }
  twice() {
    return 2 * this.count
  }
}
exports.counter = async function (most) {
  return new Counter(most)
}

class Lazy extends Promise {
  constructor(start) {
    super((resolve) => resolve())
    this.start = start
  }
  then(...reactions) {
    this.started = this.started || new Promise(this.start)
    return this.started.then(...reactions)
  }
}

let asked = 0
exports.stoppable = function (value) {
  let isStopped = false
  const result = new Promise((resolve) => setTimeout(() => resolve(isStopped ? 'stopped' : value), 5))
  const then = (...reactions) => {
    asked++
    return Promise.prototype.then.apply(result, reactions)
  }
  return Object.assign(result, { then, stop: () => void (isStopped = true) })
}
exports.asked = () => asked

exports.lazy = function (value) {
  return { done: new Lazy((resolve) => resolve(value)) }
}
`,
  'test/tasks.test.js': `'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { task, tries, idle, nested, followed, logged, log, quiet, counter, lazy, stoppable, asked } = require('..')

test('gives promises in objects, lists and maps', async () => {
  const { id, done } = task(3)
  assert.equal(id, 3)
  assert.deepEqual(await done, { twice: 6 })
  const [first, second] = tries([1, -2])
  assert.equal(await first, 2)
  await assert.rejects(second, /below -2/)
  assert.equal(await (await nested('a')).get('a'), 'A')
  assert.equal(typeof idle().done.then, 'function')
})

test('gives what becomes of a promise that came in', async () => {
  let open
  const { result } = followed(new Promise((resolve) => (open = resolve)))
  open(2)
  assert.equal(await result, 3)
})

test('can be looked at afterwards', async () => {
  await logged('x').done
  assert.deepEqual(log, ['x'])
})

test('gives a promise inside of what a promise gives, and steps behind it', async () => {
  const counted = await counter(3)
  await counted.done
  assert.equal(counted.twice(), 6)
})

test('gives a rejection that it handles itself', () => assert.rejects(quiet('a').done, /a/))

test('gives a promise with members of its own, whose reactions nobody counts twice', async () => {
  const result = stoppable(3)
  result.stop()
  assert.equal(await result, 'stopped')
  assert.equal(asked(), 0)
})

test('gives a promise that only begins when somebody waits', async () => assert.equal(await lazy(7).done, 7))
`,
}

describe('promises inside of what a function gives', () => {
  let project: Project
  let set: SessionSet

  beforeAll(async () => {
    project = await openFiles(files)
    set = await recordIndex(project)
  }, 60_000)

  const stepOf = (label: string) => set.sessions.flatMap(({ steps }) => steps).find((step) => step.label === label)!

  const different = async (before: string, after: string): Promise<string[]> => {
    await project.workbench.fork('base', 'changed')
    await project.edit('changed', 'index.js', (text) => text.replace(before, () => after))
    const { differences } = await replaySessions(project.workbench, 'changed', set)
    return differences.map(({ label, after: now }) => `${label}: ${now}`)
  }

  it('are known to have settled, or not to', () => {
    expect(set.counts).toMatchObject({ undriven: 0, notReproduced: 0, unstable: 0 })
    expect(stepOf('task(3)').gives).toEqual([1])
    expect(stepOf('tries([1, -2])').gives).toEqual([1, 1])
    expect(stepOf("nested('a')").gives).toEqual([1])
    expect(stepOf('followed(promise1)').gives).toEqual([1])
    expect(stepOf('idle()').gives).toBe(undefined)
    expect(stepOf('counter(3)').gives).toEqual([1])
  })

  it('are the same bytes when they are recorded again', async () => {
    expect(JSON.stringify(await recordIndex(project))).toBe(JSON.stringify(set))
  }, 60_000)

  it('show what they settle with', async () => {
    expect(await different('2 * n', '3 * n')).toEqual([
      'task(3): returns { id: 3, done: <promise> }\nthe promise in it resolves with { twice: 9 }',
    ])
    expect((await different('each + 1', 'each + 2')).join()).toContain('the promise in it resolves with 3')
    expect((await different('RangeError', 'TypeError')).join()).toContain(
      'the promise no. 2 in it rejects with TypeError("below -2")',
    )
    expect((await different('name.toUpperCase()', 'name')).join()).toContain("the promise in it resolves with 'a'")
    expect((await different('found + 1', 'found - 1')).join()).toContain('the promise in it resolves with 1')
    expect(await different('void exports.log.push(name)', 'exports.log.push(name)')).toHaveLength(1)
    expect(await different('setTimeout(resolve, 5, {', 'void ({')).toEqual(['task(3): never settled'])
  }, 120_000)

  it('are waited for before the steps that were begun behind them', async () => {
    expect(await different('2 * this.count', '3 * this.count')).toEqual(['result1.twice(): returns 9'])
  }, 60_000)

  it('show whether the package handles a rejection itself', async () => {
    expect(await different('  done.catch(() => {})\n', '')).toEqual([
      'quiet(\'a\'): returns { done: <promise> }\nthe promise in it rejects with Error("a")',
    ])
    expect(await different('done.catch(() => {})', 'done.then(undefined, () => {})')).toEqual([])
  }, 60_000)

  it('may be all that is given, with members of its own', async () => {
    expect(stepOf('stoppable(3)').gives).toEqual([1])
    expect((await different("'stopped' : value", "'stopped' : 2 * value")).join()).toContain('resolves with 6')
    expect((await different('then, stop:', 'then, halt:')).join()).toContain('"halt"')
  }, 60_000)

  it('may be of a class that the engine cannot make promises of', async () => {
    expect(stepOf('lazy(7)').gives).toEqual([1])
    expect((await different('new Lazy(', 'new Promise(')).join()).toContain('the promise in it')
  }, 60_000)

  it('show nothing where the same is said otherwise', async () => {
    expect(
      await different(
        'given.then((found) => found + 1)',
        '(async () => {\n    const found = await given\n    return 1 + found\n  })()',
      ),
    ).toEqual([])
    expect(await different('new Promise(() => {})', 'new Promise((resolve) => void resolve)')).toEqual([])
  }, 60_000)
})
