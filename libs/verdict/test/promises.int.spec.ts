import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { defaultEquivalence, findDifferences } from '../src/equivalence/equivalence.ts'
import { instrumentTree, readRecords } from '../src/sessions/instrument-tree.ts'
import { replaySessions } from '../src/sessions/replay-sessions.ts'
import type { SessionSet } from '../src/types.ts'
import { closeFixtures, openFiles, openFixture, recordIndex, type Project } from './fixture.ts'

afterAll(closeFixtures)

const files = {
  'package.json': JSON.stringify({ name: 'later', version: '1.0.0', scripts: { test: 'node --test' } }),
  'index.js': `'use strict'
exports.doubled = async function (given) {
  return 2 * (await given)
}

exports.joined = async function (list) {
  const found = await Promise.all(list)
  return found.join('-')
}

exports.asked = async function (ask) {
  try {
    return 'got ' + (await ask('x'))
  } catch (error) {
    return 'lost ' + error.message
  }
}

exports.within = function (given, ms) {
  const late = new Promise((resolve) => setTimeout(resolve, ms, 'too late'))
  return Promise.race([given, late])
}

exports.first = async function (list) {
  const order = []
  await Promise.all(list.map(async (each, i) => order.push(i + ':' + (await each))))
  return order
}

exports.limiter = function (most) {
  let running = 0
  let started = 0
  const waiting = []
  const next = () => {
    if (running >= most || waiting.length === 0) return
    running++
    const { thunk, resolve, reject } = waiting.shift()
    Promise.resolve()
      .then(() => { started++; return thunk() })
      .then(resolve, reject)
      .then(() => { running--; next() })
  }
  const limit = function limit(thunk) {
    return new Promise((resolve, reject) => {
      waiting.push({ thunk, resolve, reject })
      next()
    })
  }
  limit.started = () => started
  return limit
}

exports.same = function (given) {
  return given
}

exports.Watched = class Watched {
  constructor(given) {
    this.state = 'waiting'
    given.then(() => { this.state = 'done' }, () => { this.state = 'failed' })
  }
  status() {
    return this.state
  }
}

exports.named = async function (given, name) {
  const found = await given
  found.name = name
}

exports.kept = async function (keep) {
  const own = {}
  return (await keep(own)) === own
}

exports.kindOf = function (given) {
  return typeof given.then === 'function' ? 'promise' : 'value'
}
`,
  'test/later.test.js': `'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { setTimeout: sleep } = require('node:timers/promises')
const { doubled, joined, asked, within, first, limiter, same, Watched, named, kept, kindOf } = require('..')

const deferred = () => {
  const own = {}
  own.promise = new Promise((resolve, reject) => Object.assign(own, { resolve, reject }))
  return own
}

test('takes what has settled', async () => {
  assert.equal(await doubled(Promise.resolve(2)), 4)
  await assert.rejects(doubled(Promise.reject(new RangeError('far'))), /far/)
})

test('takes what settles later', async () => {
  const later = deferred()
  const found = doubled(later.promise)
  await sleep(5)
  later.resolve(3)
  assert.equal(await found, 6)
})

test('takes a list', async () => {
  assert.equal(await joined([Promise.resolve('a'), sleep(5, 'b'), 'c']), 'a-b-c')
})

test('asks', async () => {
  assert.equal(await asked(async (x) => { await sleep(2); return x }), 'got x')
  assert.equal(await asked(async () => { await sleep(2); throw new Error('gone') }), 'lost gone')
})

test('waits for so long', async () => {
  assert.equal(await within(new Promise(() => {}), 5), 'too late')
  assert.equal(await within(sleep(2, 'in time'), 500), 'in time')
})

test('tells the order', async () => {
  assert.deepEqual(await first([sleep(150, 'slow'), sleep(1, 'fast'), Promise.resolve('now')]), ['2:now', '1:fast', '0:slow'])
})

test('limits', async () => {
  const limit = limiter(2)
  const order = []
  const job = (name, ms) => async () => {
    order.push('+' + name)
    await sleep(ms)
    order.push('-' + name)
    return name
  }
  const all = [limit(job('a', 300)), limit(job('b', 5)), limit(job('c', 5)), limit(async () => { throw new Error('d') })]
  const found = await Promise.allSettled(all)
  assert.deepEqual(found.map(({ value, reason }) => value || reason.message), ['a', 'b', 'c', 'd'])
  assert.deepEqual(order, ['+a', '+b', '-b', '+c', '-c', '-a'])
})

test('starts a turn later', async () => {
  const limit = limiter(1)
  const found = limit(() => sleep(1, 'a'))
  assert.equal(limit.started(), 0)
  await Promise.resolve()
  assert.equal(limit.started(), 1)
  assert.equal(await found, 'a')
})

test('gives back the very same', async () => {
  const given = Promise.resolve(1)
  assert.equal(same(given), given)
  assert.equal(await same(given), 1)
})

test('watches', async () => {
  const later = deferred()
  const watched = new Watched(later.promise)
  assert.equal(watched.status(), 'waiting')
  later.reject(new Error('no'))
  assert.equal(watched.status(), 'waiting')
  await sleep(1)
  assert.equal(watched.status(), 'failed')
})

test('changes what it is given', async () => {
  const found = {}
  await named(Promise.resolve(found), 'ann')
  assert.deepEqual(found, { name: 'ann' })
})

test('gets its own back', async () => {
  assert.equal(await kept(async (own) => { await sleep(1); return own }), true)
})

test('does not look', async () => {
  const broken = Promise.reject(new Error('nobody looks'))
  assert.equal(kindOf(broken), 'promise')
  await assert.rejects(broken, /nobody looks/)
})
`,
}

describe('sessions with promises that come in', () => {
  let project: Project
  let set: SessionSet

  beforeAll(async () => {
    project = await openFiles(files)
    set = await recordIndex(project)
  }, 60_000)

  const handedIn = (label: string) => set.sessions.find(({ steps }) => steps[0]!.label === label)!.promises

  const different = async (...changes: readonly (readonly [string, string])[]): Promise<string[]> => {
    await project.workbench.fork('base', 'changed')
    for (const [before, after] of changes)
      await project.edit('changed', 'index.js', (text) => text.replace(before, () => after))
    const { replayed, differences } = await replaySessions(project.workbench, 'changed', set)
    expect(replayed).toBe(16)
    return differences.map(({ label, after }) => `${label}: ${after}`)
  }

  it('are kept, all of them', () => {
    expect(set.notCovered).toEqual([])
    expect(set.counts).toMatchObject({ calls: 27, recorded: 16, kept: 16, undriven: 0, notReproduced: 0, unstable: 0 })
  })

  it('tell what has settled, what settles later and what never does apart', () => {
    const settled = set.sessions.flatMap(({ steps, promises }) =>
      steps[0]!.label === 'doubled(promise1)' ? promises : [],
    )
    expect(settled).toEqual([
      { 0: { resolve: { v: 2, n: [] } } },
      { 0: { reject: expect.anything() } },
      { 0: { resolve: { v: 3, n: [] }, after: ['step', 0], later: 1, until: 1 } },
    ])
    expect(handedIn('within(promise1, 5)')).toEqual({ 0: {} })
    expect(handedIn('new Watched(promise1)')).toMatchObject({ 0: { after: ['step', 1], until: 2 } })
    const watched = set.sessions.find(({ steps }) => steps[0]!.label === 'new Watched(promise1)')!
    expect(watched.steps.map(({ pause }) => pause)).toEqual([undefined, 0, 0, 1])
    const starting = set.sessions.find(({ steps }) => steps[2]?.label === 'result1.started()')!
    expect(starting.steps.map(({ pause }) => pause)).toEqual([undefined, 0, 0, 1])
  })

  it('hold the order in which promises settle, and what a callback was given', () => {
    expect(handedIn('first([promise1, promise2, promise3])')).toMatchObject({
      0: { after: ['settled', 1] },
      1: { after: ['step', 0] },
      2: { resolve: { v: 'now' } },
    })
    expect(handedIn('kept(callback1)')).toEqual({
      0: { resolve: ['arg', 0, 0, 0], after: ['step', 0], later: 1, until: 1 },
    })
    const limited = set.sessions.find(({ steps }) => steps[0]!.label === 'limiter(2)')!.promises!
    expect(Object.values(limited).map(({ after }) => after?.[0])).toContain('answer')
  })

  it('are the same bytes when they are recorded again', async () => {
    expect(JSON.stringify(await recordIndex(project))).toBe(JSON.stringify(set))
  }, 60_000)

  it('do not differ where the code is the same, or says the same otherwise', async () => {
    expect(await different(['exports.doubled', '// moved\nexports.doubled'])).toEqual([])
    expect(
      await different(
        ['return 2 * (await given)', 'return given.then((found) => 2 * found)'],
        [
          "const found = await Promise.all(list)\n  return found.join('-')",
          "return (await Promise.all(list)).join('-')",
        ],
        ['return given\n', 'return Promise.resolve(given)\n'],
      ),
    ).toEqual([])
  }, 60_000)

  it('are led with promises that give something else', async () => {
    const differences = async (after: string) => {
      const { workbench } = project
      await workbench.fork('base', 'changed')
      await project.edit('changed', 'index.js', (text) => text.replace('return 2 * (await given)', () => after))
      expect((await replaySessions(workbench, 'changed', set)).differences).toEqual([])
      const found = await findDifferences({
        ...{ workbench, base: 'base', patched: 'changed', sessions: set, texts: new Map(), seed: 1 },
        budget: { ...defaultEquivalence, sessions: 200 },
      })
      return found.differences.map(({ code }) => code)
    }
    expect(await differences('const found = await given\n  return found * 2')).toEqual([])
    expect((await differences('const found = await given\n  return found + found')).join()).toMatch(
      /Promise\.resolve\((?!2|3)|setTimeout\(resolve, \d+, (?!3)/,
    )
  }, 60_000)

  it('see what becomes of a value, a reason, an order and a turn', async () => {
    expect(await different(['return 2 * (await given)', 'return 2 * given'])).toHaveLength(3)
    expect(await different(['await Promise.all(list)\n', 'list\n'])).toHaveLength(1)
    expect(await different(["'lost ' + error.message", "'lost'"])).toHaveLength(1)
    expect(await different(['Promise.race([given, late])', 'Promise.race([late])'])).toHaveLength(1)
    const inTurn = "for (let i = 0; i < list.length; i++) order.push(i + ':' + (await list[i]))"
    expect(
      await different(["await Promise.all(list.map(async (each, i) => order.push(i + ':' + (await each))))", inTurn]),
    ).toEqual(["first([promise1, promise2, promise3]): resolves with ['0:slow', '1:fast', '2:now']"])
    expect((await different(['running >= most', 'running > most'])).join()).toContain('result1(callback2)')
    expect(await different(["this.state = 'failed'", "this.state = 'done'"])).toHaveLength(1)
    expect(
      await different(['Promise.resolve()\n      .then(() => {', 'Promise.resolve()\n      .then().then(() => {']),
    ).toEqual([])
    expect(await different(['started++; return thunk()', 'return thunk().finally(() => started++)'])).toEqual([
      'result1.started(): returns 0\ncalls callback1 with [undefined]',
    ])
  }, 120_000)

  it('see another promise in the place of the same, and a changed value', async () => {
    expect(await different(['return given\n', 'return given.then((found) => found)\n'])).toHaveLength(1)
    expect(await different(['return given\n', 'return new Promise((resolve) => resolve(given))\n'])).toHaveLength(1)
    const named = await different(['found.name = name', 'return void name'])
    expect(named).toEqual(['afterwards: nothing more'])
  }, 60_000)

  it('see whether anybody handles a rejection, and nothing else of one that nobody looks at', async () => {
    const kind = set.sessions.find(({ steps }) => steps[0]!.label === 'kindOf(promise1)')!
    expect(kind.expected.slice(1)).toEqual(['nobody handles the rejection of promise1'])
    expect(
      await different([
        "return typeof given.then === 'function'",
        "given.catch(() => {})\n  return typeof given.then === 'function'",
      ]),
    ).toEqual(['afterwards: nothing more'])
  }, 60_000)

  const sideBySide = async (change: (text: string) => string) => {
    await project.workbench.fork('base', 'changed')
    await project.edit('changed', 'index.js', change)
    expect((await replaySessions(project.workbench, 'changed', set)).differences).toEqual([])
    const budget = { ...defaultEquivalence, waiting: 400 }
    const texts = new Map([['index.js', files['index.js']]])
    const input = {
      workbench: project.workbench,
      base: 'base',
      patched: 'changed',
      sessions: set,
      texts,
      seed: 1,
      budget,
    }
    return await findDifferences(input)
  }

  it('lead to others, in which promises settle otherwise, and to code to paste', async () => {
    const swallowing = "await Promise.resolve(given).catch((error) => { if (error.message === 'far') throw error })"
    const { differences } = await sideBySide((text) => text.replace('await given)\n', `${swallowing})\n`))

    expect(differences).toEqual([
      expect.objectContaining({
        label: 'doubled(promise1)',
        before: 'rejects with Error("odd")',
        after: 'resolves with NaN',
        code: expect.stringMatching(/const promise1 = .*reject.*new Error\('odd'\)/),
      }),
    ])
  }, 120_000)

  it('keep their steps when they are made smaller: promises settle behind them', async () => {
    const { differences } = await sideBySide((text) =>
      text.replace(
        "() => { this.state = 'failed' }",
        "(error) => { this.state = error.message === 'odd' ? 'odd' : 'failed' }",
      ),
    )

    expect(differences).toEqual([
      expect.objectContaining({ label: 'result1.status()', before: "returns 'failed'", after: "returns 'odd'" }),
    ])
    expect(differences[0]!.code).toMatch(/new watched\.Watched|\.Watched\(promise1\)/)
    expect(differences[0]!.code.match(/status\(\)/g)).toHaveLength(3)
  }, 120_000)

  it('lead to no difference where there is none', async () => {
    const { led, differences } = await sideBySide((text) =>
      text
        .replace('return 2 * (await given)', 'const found = await given\n  return 2 * found')
        .replace(
          "const found = await Promise.all(list)\n  return found.join('-')",
          "return (await Promise.all(list)).join('-')",
        )
        .replace('Promise.race([given, late])', 'Promise.race([given].concat([late]))'),
    )
    expect(led).toBeGreaterThan(100)
    expect(differences).toEqual([])
  }, 120_000)

  it('go on behind a promise that is lost', async () => {
    expect(
      await different([
        'exports.joined = async function (list) {',
        'exports.joined = async function (list) {\n  await new Promise(() => {})',
      ]),
    ).toEqual(["joined([promise1, promise2, 'c']): never settled"])
  }, 60_000)
})

describe('the recording of promises that come in', () => {
  const trace = {
    'trace.js': `'use strict'
exports.traced = async function (name, given, tell) {
  tell(name + ' waits')
  try {
    tell(name + ' has ' + (await given))
  } catch (error) {
    tell(name + ' lost ' + error.message)
  }
  await undefined
  tell(name + ' ends')
}
exports.adopted = (given, tell) => void new Promise((resolve) => resolve(given)).then((value) => tell('adopted ' + value))
exports.fired = (thunk) => void thunk()
exports.ignored = (given) => void given
exports.same = (given) => given
exports.keys = (given) => Reflect.ownKeys(given).length
`,
    'use.js': `'use strict'
const { traced, adopted, fired, ignored, same, keys } = require('./trace.js')
const told = []
const tell = (text) => { told.push(text) }
const names = new Map()
process.on('unhandledRejection', (error, promise) => tell('unhandled ' + error.message + ' of ' + names.get(promise)))
process.on('rejectionHandled', (promise) => tell('handled after all: ' + names.get(promise)))
const named = (name, promise) => { names.set(promise, name); return promise }
const sleep = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value))
const turns = async () => { for (let i = 0; i < 12; i++) { tell('turn ' + i); await undefined } }
const main = async () => {
  traced('settled', Promise.resolve(1), tell)
  traced('broken', Promise.reject(new Error('no')), tell)
  let settle
  const later = new Promise((resolve) => { settle = resolve })
  traced('later', later, tell)
  traced('later again', later, tell)
  traced('follows', new Promise((resolve) => resolve(later)), tell)
  traced('adopted', (async () => later)(), tell)
  adopted(later, tell)
  turns()
  settle(2)
  await sleep(5)
  const unlooked = named('unlooked', Promise.reject(new Error('nobody looks')))
  ignored(unlooked)
  fired(() => named('fired', Promise.reject(new Error('nobody asks'))))
  await sleep(5)
  let fail
  const failing = named('failing', new Promise((_, reject) => { fail = reject }))
  ignored(failing)
  await sleep(5)
  fail(new Error('later, and nobody looks'))
  await sleep(5)
  unlooked.catch(() => tell('caught'))
  await sleep(5)
  const own = Promise.resolve(3)
  tell('the same: ' + (same(own) === own) + ', with as much of its own: ' + keys(own))
  console.log(told.join('\\n'))
}
main()
`,
  }

  it('is noticed by nobody: neither turns nor rejections that nobody handles are others', async () => {
    const { workbench } = await openFixture('basket')
    await workbench.write('base', new Map(Object.entries(trace).map(([file, text]) => [file, Buffer.from(text)])))
    await workbench.fork('base', 'watched')
    await instrumentTree(workbench, 'watched', ['trace.js'], { technique: 'append', mode: 'with-callbacks' })
    const use = async (dir: string): Promise<string> => {
      const run = await workbench.run({
        dir,
        argv: ['node', 'use.js'],
        env: {},
        timeoutMs: 20_000,
        maxOutputBytes: 65_536,
      })
      return run.stdout + run.stderr
    }
    const plain = await use('base')

    expect(plain).toContain('unhandled nobody looks of unlooked')
    expect(plain).toContain('unhandled nobody asks of fired')
    expect(plain).toContain('the same: true')
    expect(await use('watched')).toBe(plain)
    expect((await readRecords(workbench, 'watched')).join('')).toContain('"t":"settled"')
  }, 60_000)
})
