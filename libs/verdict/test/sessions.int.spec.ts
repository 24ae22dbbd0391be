import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { recordSessions } from '../src/sessions/record-sessions.ts'
import { replaySessions } from '../src/sessions/replay-sessions.ts'
import type { SessionSet } from '../src/types.ts'
import { closeFixtures, openFixture, type Project } from './fixture.ts'

afterAll(closeFixtures)

describe('sessions of a CommonJS package', () => {
  let project: Project
  let sessions: SessionSet
  const labels = () => sessions.sessions.map((session) => session.steps.map((step) => step.label))

  beforeAll(async () => {
    project = await openFixture('basket')
    sessions = await recordSessions(
      project.workbench,
      'base',
      project.checks,
      { files: ['index.js', 'lib/money.js'] },
      { mutations: 0 },
    )
  })

  const differencesAfter = async (file: string, change: (text: string) => string) => {
    await project.workbench.fork('base', 'changed')
    await project.edit('changed', file, change)
    return (await replaySessions(project.workbench, 'changed', sessions)).differences
  }

  it('keeps the order of construction, methods, callbacks and iteration in one session', () => {
    expect(labels()).toContainEqual([
      'new Basket()',
      "result1.add('tea', 2.5)",
      "result1.add('cup', 4, 2)",
      'result1.total()',
      "result1.add('gift')",
    ])
    expect(labels()).toContainEqual([
      'counter()',
      'result1()',
      'result1()',
      'result1()',
      'result1.reset(5)',
      'result1()',
    ])
    expect(labels()).toContainEqual(
      expect.arrayContaining(['names(result1)', 'result4[Symbol.iterator]()', 'result4.next()']),
    )
    expect(labels()).toContainEqual(expect.arrayContaining(["result2.on('added', callback1)", "result1.add('pen', 1)"]))
  })

  it('drops what chance decides and keeps the rest', () => {
    expect(sessions.counts).toMatchObject({ recorded: 18, kept: 17, notReproduced: 1, unstable: 0, tooLarge: 0 })
    expect(labels().flat().join('\n')).not.toContain('stamp')
    expect(sessions.notCovered).toEqual([])
  })

  it('finds no difference between the untouched code and itself', async () => {
    const report = await replaySessions(project.workbench, 'base', sessions)
    expect(report).toEqual({ replayed: 17, differences: [], notes: [] })
  })

  it('is not fooled by new line numbers, other stacks or other source text', async () => {
    const differences = await differencesAfter('index.js', (text) =>
      text
        .replace("'use strict'\n", "'use strict'\n\n\n// moved\n")
        .replace('function count() { return ++n }', 'function count() {\n  n = n + 1\n  return n\n}'),
    )
    expect(differences).toEqual([])
  })

  it('finds == that became ===', async () => {
    const [difference, ...more] = await differencesAfter('index.js', (text) =>
      text.replace('rate == null', 'rate === null'),
    )
    expect(more).toEqual([])
    expect(difference).toMatchObject({ label: 'discount(result1, undefined)' })
  }, 15_000)

  it('finds an error with another code and shows code to paste', async () => {
    const [difference] = await differencesAfter('index.js', (text) => text.replace("'TOO_MUCH'", "'TOO_HIGH'"))
    expect(difference!.before).toBe('throws RangeError("a discount of 2") { code: "TOO_MUCH" }')
    expect(difference!.after).toBe('throws RangeError("a discount of 2") { code: "TOO_HIGH" }')
    expect(difference!.code).toContain("require('./index.js')")
    expect(difference!.code).toContain('discount(result1, 2)')
  })

  it('finds another order of callbacks, a mutated argument and a lost promise', async () => {
    const later = await differencesAfter('index.js', (text) =>
      text.replace('visit(this.items[i], i)', 'visit(this.items[i], i, this)'),
    )
    expect(later.map((difference) => difference.label)).toEqual(['result1.each(callback1)'])
    const mutated = await differencesAfter('lib/money.js', (text) =>
      text.replace('{ sign', 'options || { sign').replace(', options)', ', { extra: 1 })'),
    )
    expect(mutated.length).toBeGreaterThan(0)
    const sync = await differencesAfter('index.js', (text) => text.replace('return money.round(found)', 'return found'))
    expect(sync.map((difference) => difference.after)).toEqual([
      "resolves with 1.239\ncalls callback1 with [undefined, 'tea']",
    ])
  }, 20_000)

  it('does not mind the engine wording its own errors otherwise', async () => {
    const differences = await differencesAfter('index.js', (text) =>
      text.replace(
        'if (rate == null) return basket.total()',
        'var total = basket.total\nif (rate == null) return total.call(basket)',
      ),
    )
    expect(differences).toEqual([])
  })

  it('goes on behind a session that hangs or ends the process', async () => {
    const hangs = await differencesAfter('index.js', (text) => text.replace('var seen = new Map()', 'while (true);'))
    expect(hangs.map((difference) => difference.after)).toEqual(['hangs'])
    const exits = await differencesAfter('index.js', (text) =>
      text.replace('var seen = new Map()', 'process.kill(process.pid, "SIGKILL")'),
    )
    expect(exits.map((difference) => difference.after)).toEqual(['ends the process with SIGKILL'])
  }, 60_000)

  it('notices prints, exits and written files', async () => {
    const differences = await differencesAfter('lib/money.js', (text) =>
      text.replace('return Math', 'console.log(amount)\n  return Math'),
    )
    expect(differences.length).toBeGreaterThan(3)
    expect(differences[0]!.after).toContain('calls console.log with')
  })

  it('tells a module that no longer loads as differences of its sessions', async () => {
    const differences = await differencesAfter('lib/money.js', () => 'syntax error here')
    expect(differences).toHaveLength(17)
  })
})

describe('sessions of other kinds of modules', () => {
  it('records ES modules through a facade', async () => {
    const { workbench, checks, edit } = await openFixture('esm-text')
    const set = await recordSessions(
      workbench,
      'base',
      checks,
      { files: ['src/index.js', 'src/pad.js'] },
      { mutations: 0 },
    )
    expect(set.counts).toMatchObject({ kept: 6, notReproduced: 0 })
    expect(set.sessions.map((session) => session.steps.at(-1)!.label)).toContain("default('loud', { upper: true })")
    await workbench.fork('base', 'changed')
    await edit('changed', 'src/index.js', (text) => text.replace('.filter(Boolean)', ''))
    const { differences } = await replaySessions(workbench, 'changed', set)
    expect(differences.map((difference) => difference.label)).toEqual(["words(' x  y ')"])
  }, 20_000)

  it('records what tests call on the namespace of an ES module', async () => {
    const { workbench, checks, edit } = await openFixture('esm-text')
    await edit('base', 'test/text.test.js', (text) =>
      text
        .replace(
          "import title, { Table, pad, words } from '../src/index.js'",
          "import * as text from '../src/index.js'",
        )
        .replaceAll(/\b(title|pad|words)\(/g, (_, name: string) => `text.${name === 'title' ? 'default' : name}(`)
        .replace('new Table', 'new text.Table'),
    )
    const scope = { files: ['src/index.js', 'src/pad.js'] }
    const set = await recordSessions(workbench, 'base', checks, scope, { mutations: 0 })
    expect(set.counts).toMatchObject({ kept: 6, undriven: 0, notReproduced: 0 })
    await workbench.fork('base', 'changed')
    await edit('changed', 'src/index.js', (text) => text.replace('.filter(Boolean)', ''))
    const { differences } = await replaySessions(workbench, 'changed', set)
    expect(differences.map((difference) => difference.label)).toEqual(["words(' x  y ')"])
  }, 20_000)

  it('records TypeScript that Node runs by stripping types', async () => {
    const { workbench, checks, edit } = await openFixture('typed')
    const set = await recordSessions(workbench, 'base', checks, { files: ['src/shop.ts'] }, { mutations: 0 })
    expect(set.counts).toMatchObject({ kept: 2, notReproduced: 0 })
    await workbench.fork('base', 'changed')
    await edit('changed', 'src/shop.ts', (text) => text.replace("join('\\n')", "join(' ')"))
    const { differences } = await replaySessions(workbench, 'changed', set)
    expect(differences.map((difference) => difference.label)).toEqual(['result1.bill(callback1)'])
  }, 20_000)

  it('drops a module whose tests notice the recording and says so', async () => {
    const { workbench, checks } = await openFixture('printer')
    const double = 'module.exports = function double(value) {\n  return value + value\n}\n'
    const tap = `const double = require('./double.js')
      console.log('TAP version 13\\n' + (/return value/.test(double.toString()) ? 'ok' : 'not ok') + ' 1 reads its source\\n1..1')`
    await workbench.write(
      'base',
      new Map([
        ['tap.js', Buffer.from(tap)],
        ['double.js', Buffer.from(double)],
      ]),
    )
    const set = await recordSessions(workbench, 'base', checks, { files: ['double.js'] }, { mutations: 0 })
    expect(set.sessions).toEqual([])
    expect(set.notCovered).toEqual([{ module: 'double.js', reason: 'its tests turn red when it is recorded' }])
  }, 20_000)

  it('hands the functions and objects of the tests back as the very same', async () => {
    const { workbench, checks } = await openFixture('printer')
    const registry = `module.exports = function Registry() {
      const kept = []
      this.add = (each) => { kept.push(each); return this }
      this.all = () => kept.slice()
      this.first = () => kept[0]
      this.visit = (visit) => visit(this)
    }`
    const tap = `const Registry = require('./double.js')
      const registry = new Registry()
      class Own { run() {} }
      const [f, g, own] = [() => 1, () => 2, new Own()]
      registry.add(f).add(own).visit((inside) => inside.add(g))
      const same = registry.first() === f && registry.all()[0] === f && registry.all()[1] === own && registry.all()[2] === g
      console.log('TAP version 13\\n' + (same ? 'ok' : 'not ok') + ' 1 identity\\n1..1')`
    const files = { 'double.js': registry, 'tap.js': tap, 'plain.js': '' }
    await workbench.write('base', new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])))
    const set = await recordSessions(workbench, 'base', checks, { files: ['double.js'] }, { mutations: 0 })
    expect(set.notCovered.map(({ reason }) => reason)).not.toContain('its tests turn red when it is recorded')
    expect(set.counts.calls).toBeGreaterThan(4)
  }, 20_000)

  it('names modules that no test loads, that do not parse, or that are programs', async () => {
    const { workbench, checks } = await openFixture('printer')
    const files = { 'lonely.js': 'exports.a = 1', 'broken.js': 'function (', 'tool.js': '#!/usr/bin/env node\n' }
    await workbench.write('base', new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])))
    const set = await recordSessions(
      workbench,
      'base',
      checks,
      {
        files: ['double.js', ...Object.keys(files), 'gone.js', 'README.md'],
      },
      { mutations: 0 },
    )
    expect(Object.fromEntries(set.notCovered.map(({ module, reason }) => [module, reason]))).toEqual({
      'lonely.js': 'no test loads it',
      'broken.js': 'it cannot be parsed',
      'tool.js': 'it is a program, not a module',
    })
    expect(set.covered).toEqual([{ module: 'double.js', sessions: 3 }])
  }, 20_000)
})
