import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { mutantsOf, type Mutant } from '@iama/mutants'
import { runBaseline } from '../src/baseline/run-baseline.ts'
import { recordSessions } from '../src/sessions/record-sessions.ts'
import { askSessions, type Asked } from '../src/strength/ask-sessions.ts'
import { askSuite } from '../src/strength/ask-suite.ts'
import { budgetOf } from '../src/strength/budget.ts'
import { defaultLimits } from '../src/baseline/run-leaf.ts'
import type { BaselineReport, SessionSet, StrengthBudget } from '../src/types.ts'
import { verify } from '../src/verify.ts'
import { applyChanges, closeFixtures, fewSessions, openFixture, type Change, type Project } from './fixture.ts'

afterAll(closeFixtures)

interface Recorded {
  readonly project: Project
  readonly baseline: BaselineReport
  readonly sessions: SessionSet
  readonly sources: ReadonlyMap<string, string>
}

const record = async (name: string, files: readonly string[]): Promise<Recorded> => {
  const project = await openFixture(name)
  const { workbench, checks } = project
  const baseline = await runBaseline(workbench, 'base', checks)
  const sessions = await recordSessions(workbench, 'base', checks, { files }, { baseline, mutations: 0 })
  const read = async (file: string) => Buffer.from((await workbench.read('base', file))!).toString('utf8')
  const sources = new Map<string, string>()
  for (const file of files) sources.set(file, await read(file))
  return { project, baseline, sessions, sources }
}

const mutantsIn = ({ sources }: Recorded): Mutant[] =>
  [...sources].flatMap(([file, source]) => [...mutantsOf({ file, source })])

const ask = async ({ project, sessions, sources }: Recorded, mutants: readonly Mutant[]): Promise<Asked> => {
  await project.workbench.fork('base', 'asked')
  return askSessions(project.workbench, 'asked', sessions, sources, mutants, budgetOf().sessions)
}

const matching = (mutants: readonly Mutant[], description: string): number => {
  const found = mutants.findIndex((mutant) => mutant.description === description)
  if (found < 0) throw new Error(`no mutant: ${description}`)
  return found
}

let basket: Recorded

beforeAll(async () => {
  basket = await record('basket', ['index.js', 'lib/money.js'])
}, 120_000)

describe('mutants against recorded sessions', () => {
  it('are killed by what comes out, all in one process', async () => {
    const mutants = mutantsIn(basket)
    const asked = await ask(basket, mutants)
    const fate = (description: string) => asked.fates[matching(mutants, description)]
    expect(asked).toMatchObject({ usable: basket.sessions.sessions.length, tainted: 0 })
    expect(fate('`amount * 100` becomes `amount / 100`.')).toBe('killed')
    expect(fate("`'TOO_MUCH'` becomes `''`.")).toBe('killed')
    // nothing of what depends on chance was recorded
    const stamp = mutants.flatMap(({ scope }, i) => (scope === 'stamp' ? [asked.fates[i]] : []))
    expect(new Set(stamp)).toEqual(new Set(['survived']))
    expect(asked.fates.filter((each) => each === 'killed').length).toBeGreaterThan(0.6 * mutants.length)
    expect(asked.fates).not.toContain('not-run')
  }, 60_000)

  it('are ended when a loop does not end, and the next one goes on', async () => {
    const turning = basket.sources
      .get('lib/money.js')!
      .replace('  return Math', '  for (var i = 0; i < 3; i++) {}\n  return Math')
    const sources = new Map([...basket.sources, ['lib/money.js', turning]])
    const mutants = mutantsIn({ ...basket, sources }).filter(({ scope }) => scope === 'round')
    // a loop of the mutant's own has no guard: its process is ended
    const own = {
      ...mutants[matching(mutants, '`amount * 100` becomes `amount / 100`.')]!,
      replacement: '+ (() => { for (;;) ; })() +',
    }
    const asked = await ask({ ...basket, sources }, [own, ...mutants])
    expect(asked.usable).toBe(basket.sessions.sessions.length)
    expect(asked.fates[0]).toBe('timed-out')
    expect(asked.fates[1 + matching(mutants, '`i++` becomes `i--`.')]).toBe('timed-out')
    expect(asked.fates[1 + matching(mutants, '`amount * 100` becomes `amount / 100`.')]).toBe('killed')
    expect(asked.fates[1 + matching(mutants, '`i < 3` becomes `i <= 3`.')]).toBe('survived')
  }, 60_000)

  it('are planted in ES modules', async () => {
    const esm = await record('esm-text', ['src/index.js', 'src/pad.js'])
    const mutants = mutantsIn(esm)
    const asked = await ask(esm, mutants)
    expect(asked.usable).toBe(esm.sessions.sessions.length)
    expect(asked.usable).toBeGreaterThan(0)
    // whether it is false or undefined is all one
    expect(asked.fates[matching(mutants, '`upper = false` becomes `upper`.')]).toBe('survived')
    const inPad = mutants.flatMap(({ file }, i) => (file === 'src/pad.js' ? [asked.fates[i]] : []))
    expect(inPad).toContain('killed')
  }, 120_000)

  it('are planted in TypeScript', async () => {
    const typed = await record('typed', ['src/shop.ts'])
    const mutants = mutantsIn(typed)
    const asked = await ask(typed, mutants)
    expect(asked.usable).toBeGreaterThan(0)
    expect(asked.fates[matching(mutants, '`sum + line.cents` becomes `sum - line.cents`.')]).toBe('killed')
  }, 120_000)
})

describe('mutants against the tests', () => {
  it('are killed by a test that fails, and the file is itself again', async () => {
    const { project, baseline, sources } = basket
    const { workbench, checks } = project
    const mutants = mutantsIn(basket).filter(({ operator, scope }) => scope === 'round' && operator === 'method')
    await workbench.fork('base', 'suite')
    const input = { workbench, dir: 'suite', checks, baseline, limits: defaultLimits }
    expect(await askSuite(input, sources, mutants)).toEqual(['killed'])
    expect(await askSuite(input, sources, mutants, () => true)).toEqual(['not-run'])
    expect(Buffer.from((await workbench.read('suite', 'lib/money.js'))!).toString()).toBe(sources.get('lib/money.js'))
  }, 60_000)
})

describe('gate 3', () => {
  const judge = async (change: Change, strength: Partial<StrengthBudget>, sessions = basket.sessions) => {
    const { project, baseline } = basket
    const { workbench, checks } = project
    const patch = await applyChanges(project, [change])
    const scope = { files: ['index.js', 'lib/money.js'] }
    const trees = { workbench, base: 'base', patched: 'patched', patch }
    const given = { checks, baseline, sessions, scope, seed: 1, allow: {}, strength, equivalence: fewSessions }
    const body = await verify({ ...trees, ...given })
    return { body, gate: body.gates.find(({ gate }) => gate === 'strength')! }
  }
  const harmless = { file: 'index.js', anchor: 'return ++n', text: 'n++; return n' }

  it('asks about the functions that changed, and no others', async () => {
    const { gate, body } = await judge(harmless, {})
    expect(gate).toMatchObject({ number: 3, status: 'pass', counts: { mutants: 4, sampled: 4, notRun: 0 } })
    expect(gate.summary).toMatch(/^\d+% of 4 mutants of the changed functions killed: \d by sessions, \d by tests/)
    expect(body.result).toBe('pass')
  }, 60_000)

  it('warns and names the lines when nothing would see a fault, and never fails', async () => {
    const random = { file: 'index.js', anchor: "return name + '-'", text: "var dash = '-'; return name + dash" }
    const { gate, body } = await judge(random, { suiteRuns: 0 })
    expect(gate).toMatchObject({ status: 'warn', counts: { killedBySessions: 0, survived: 0 } })
    expect(gate.counts!['notRun']).toBe(gate.counts!['sampled'])
    expect(gate.details[0]!.subject).toBe('index.js:75')
    expect(gate.details[0]!.message).toContain('no session sees')
    expect(body.result).toBe('pass')
  }, 60_000)

  it('puts to the tests what no session saw, within the budget', async () => {
    const none = { ...basket.sessions, sessions: [] }
    const { gate } = await judge(harmless, { suiteRuns: 3 }, none)
    expect(gate.counts).toMatchObject({ sampled: 4, killedBySessions: 0, notRun: 1 })
    expect(gate.counts!['killedByTests']).toBeGreaterThan(0)
  }, 60_000)

  it('is not measured of a red patch', async () => {
    const { gate } = await judge({ ...harmless, text: 'return n' }, {})
    expect(gate).toMatchObject({ status: 'not-applicable', summary: 'not measured: the patch is red at gate 2' })
  }, 60_000)
})
