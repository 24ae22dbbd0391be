import { existsSync } from 'node:fs'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { startModelServer, type ModelServer } from '@iama/testing/model-server'
import { eventually } from '@iama/testing/servers'
import { modelSettings } from '../../../tools/stack/models.ts'
import { editor, editSpec } from './editing.ts'
import { writeProject } from './projects.ts'
import { jsonLines } from './reading.ts'
import { goodTotal, promptOf, reanalysis, scriptShop, shop, twoWrong, wrongTotal } from './scripted-model.ts'
import { startSystem, type OwnSystem, type Said } from './system.ts'

let system: OwnSystem
let provider: ModelServer
const MINUTE = 60_000
const KEY = 'sk-planted-for-this-suite'

beforeAll(async () => {
  provider = await startModelServer({ key: KEY })
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'iama-models-')), 'models.yaml')
  const price = '{ input: 2.5, cached: 1.25, output: 10 }'
  const model = (name: string, classes: string): string => `{ model: ${name}, classes: ${classes}, price: ${price} }`
  const models = `[${model('quick', '[L1, L2]')}, ${model('deep', '[L3]')}]`
  await writeFile(
    file,
    `providers: [{ name: lab, endpoint: "${provider.url}", key_env: LAB_KEY, models: ${models} }]\n`,
  )
  system = await startSystem({ router: await modelSettings(file, { LAB_KEY: KEY }) })
}, 4 * MINUTE)
afterAll(async () => {
  await system?.stop()
  await provider?.stop()
}, MINUTE)
beforeEach(() => provider.reset())

const ends = async (code: number, ...args: string[]): Promise<Said> => {
  const said = await system.iama(args)
  const heard = said.code === code ? '' : said.stderr + said.stdout
  expect({ args, code: said.code, heard }).toEqual({ args, code, heard: '' })
  expect(said.stdout + said.stderr).not.toContain(KEY)
  return said
}

const goal = ['--goal', 'make total readable']

describe('the models of a system', () => {
  it('are listed with classes, prices and circuits, and doctor says which class has which', async () => {
    const { stdout } = await ends(0, 'models')
    expect(stdout).toMatch(/^lab\/quick +L1 L2 +128 000 +16 384 +2\.5 \/ 1\.25 \/ 10 +closed +http:\/\/127/m)
    expect(stdout).toMatch(/^lab\/deep +L3 /m)
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^codemod .*free/)
    const listed = jsonLines(await ends(0, 'models', '--json'))
    expect(listed.map(({ type, provider: name, model }) => [type, name, model])).toEqual([
      ['model', 'lab', 'quick'],
      ['model', 'lab', 'deep'],
      ['model', 'codemod', 'codemod'],
    ])
    expect((await ends(0, 'doctor')).stdout).toMatch(/models +L1: lab\/quick; L2: lab\/quick; L3: lab\/deep/)
  })

  it('are not declared with a job', async () => {
    const misplaced = await ends(2, 'refactor', '.', '--model-endpoint', provider.url, '--model', 'quick')
    expect(misplaced.stderr).toContain('npm start -- --model-endpoint URL --model NAME')
    expect((await ends(2, 'refactor', '.', '--engine', 'codemod', ...goal)).stderr).toContain('does not understand')
  })
})

interface Cost {
  readonly costMicros: string
  readonly lines: readonly { phase: string; calls: number; inputTokens: string; outputTokens: string }[]
}
const sum = (lines: Cost['lines'], field: 'inputTokens' | 'outputTokens'): number =>
  lines.reduce((all, line) => all + Number(line[field]), 0)

describe('a job by a language model', () => {
  it(
    'goes from wrong patches and malformed output to a good patch, each attempt explained and paid for',
    async () => {
      const used = scriptShop(provider, wrongTotal, 'Sorry, no JSON today.', 'Still prose.', twoWrong, goodTotal)
      const dir = await writeProject(shop)
      const done = await system.iama(['refactor', dir, ...goal, '--yes'])
      expect(done.stderr).toContain('MALFORMED_OUTPUT')
      expect(done.code).toBe(0)
      expect(used()).toBe(5)
      expect((await system.iama(['diff', done.jobId])).stdout).toContain('items.reduce(')

      // what no test of the shop looks at was pinned by what the model wrote for it
      const [asked] = provider.calls
        .map(({ request }) => promptOf(request))
        .filter((said) => said.includes('"exercises"'))
      expect(asked).toMatch(/cart\.js:\d+ .*item\.count/)
      const pinned = (await system.iama(['tests', done.jobId])).stdout
      expect(pinned).toContain('label({ count: 2 })')

      const cost = JSON.parse((await system.iama(['cost', done.jobId, '--json'])).stdout) as Cost
      expect(cost.lines.map(({ phase }) => phase)).toContain('characterization')
      const bill = provider.tokens()
      expect(sum(cost.lines, 'inputTokens')).toBe(bill.input)
      expect(sum(cost.lines, 'outputTokens')).toBe(bill.output)
      expect(cost.lines.reduce((all, { calls }) => all + calls, 0)).toBe(provider.calls.length)
      const exact = provider.calls.map(({ usage }) =>
        Math.ceil(usage!.prompt_tokens * 2.5 + usage!.completion_tokens * 10),
      )
      expect(Number(cost.costMicros)).toBe(exact.reduce((all, each) => all + each, 0))

      expect((await system.iama(['accept', done.jobId])).code).toBe(0)
      expect(await readFile(path.join(dir, 'cart.js'), 'utf8')).toContain('items.reduce(')
    },
    3 * MINUTE,
  )
})

const question = { id: 'q1', text: 'May the sum be a float?', choices: ['yes', 'no'] }

interface Turn {
  readonly role: string
  readonly text: string
  readonly questions?: readonly { readonly id: string; readonly choices: readonly string[] }[]
}

describe('the spec of a job by a model', () => {
  it(
    'is approved knowing the cost, edited in an editor, and talked about',
    async () => {
      scriptShop(provider, goodTotal)
      const waits = await ends(6, 'refactor', await writeProject(shop), ...goal)
      expect(waits.stderr).toMatch(/about 0\.\d\d USD, at most \d\.\d\d USD/)
      const { jobId } = waits
      const [, proposal] = /--select (\S+)/.exec(waits.stderr)!
      const chosen = await ends(6, 'answer', jobId, '--select', proposal!)
      expect(chosen.stderr).toMatch(/approval of its spec \(to the patch: about/)
      expect(chosen.stderr).toContain(`iama clarify ${jobId}`)

      const better = await editSpec(system, jobId, await editor(`sed -i 's/One expression/One clear expression/' "$1"`))
      expect(better.stdout + better.stderr).toContain('One clear expression')
      expect([better.code, better.stdout]).toEqual([0, expect.stringContaining('version 2')])
      const same = await editSpec(system, jobId, await editor('true'))
      expect([same.code, same.stderr]).toEqual([0, expect.stringContaining('nothing was changed')])

      // somebody else edits it while the editor is open
      const sdd = path.join(await mkdtemp(path.join(tmpdir(), 'iama-sdd-')), 'sdd.md')
      const stays = `touch "${sdd}.open"; while [ ! -e "${sdd}.sent" ]; do sleep 0.1; done`
      const theirs = await editor(`sed -i 's/clear/plain/' "$1"; ${stays}`)
      const late = editSpec(system, jobId, theirs)
      await writeFile(sdd, '## Design\nTwo.\n\n## Files\ncart.js\n\n## Steps\n1. Replace.\n\n## Risks\nNone.\n')
      await eventually('the editor is open', () => existsSync(`${sdd}.open`), MINUTE)
      await ends(0, 'spec', jobId, '--sdd', sdd)
      await writeFile(`${sdd}.sent`, '')
      const refused = await late
      expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('somebody has edited it since')])
      const [, kept] = /Your text is kept in (.+)$/m.exec(refused.stderr)!
      expect(await readFile(kept!, 'utf8')).toContain('One plain expression')

      const quiet = await ends(0, 'clarify', jobId)
      expect(quiet.stderr).toContain('nothing was said yet')
      const design =
        '## Design\nA sum of whole cents.\n\n## Files\ncart.js\n\n## Steps\n1. Replace.\n\n## Risks\nNone.\n'
      const bdd =
        'Feature: Totals\n  Scenario: Cents\n    Given a cart\n    When its total is asked for\n    Then it is whole\n'
      let turns = 0
      provider.script((request) => {
        if (!promptOf(request).includes('"questions"')) return { status: 500 }
        return turns++ === 0
          ? { text: JSON.stringify({ questions: [question], bdd, sdd: design.replace('A sum', 'Sums') }) }
          : { text: JSON.stringify({ questions: [], bdd, sdd: design }) }
      })
      const open = await ends(6, 'clarify', jobId, 'prices are in cents')
      expect(open.stdout).toMatch(/clarifier\n(?:.*\n)*? +q1\. May the sum be a float\?\n +1\) yes\n +2\) no\n/)
      const [turn] = jsonLines(await ends(6, 'clarify', jobId, '--json')).filter(
        (line) => (line['turn'] as Turn | undefined)?.role === 'assistant',
      )
      expect((turn!['turn'] as Turn).questions).toMatchObject([{ id: 'q1', choices: ['yes', 'no'] }])
      const settled = await ends(0, 'clarify', jobId, 'q1:', 'no')
      expect(settled.stderr).toMatch(/the spec is at version \d+ now/)
      expect((await ends(0, 'spec', jobId)).stdout).toContain('A sum of whole cents.')
      expect((await ends(0, 'cost', jobId)).stdout).toMatch(/^clarify +lab\/quick +2 /m)

      scriptShop(provider, goodTotal)
      await ends(0, 'answer', jobId, '--approve')
      expect((await ends(4, 'clarify', jobId, 'too late')).stderr).toMatch(/DELIVERED/)
    },
    3 * MINUTE,
  )
})

describe('a job by a model that stops', () => {
  it(
    'at its budget tells so, and goes on with a higher one',
    async () => {
      scriptShop(provider, goodTotal)
      const stopped = await ends(6, 'refactor', await writeProject(shop), ...goal, '--yes', '--budget', '0.0001')
      const { jobId } = stopped
      expect(stopped.stderr).toContain(`iama intervene ${jobId} --retry --budget USD`)
      expect((await ends(6, 'intervene', jobId)).stderr).toContain('the budget is used up')
      expect((await ends(2, 'intervene', jobId, '--retry', '--budget', 'more')).stderr).toContain('no amount')
      await ends(0, 'intervene', jobId, '--retry', '--budget', '2')
      const [cost] = jsonLines(await ends(0, 'cost', jobId, '--json'))
      expect(cost).toMatchObject({ type: 'cost', jobId, budgetMicros: '2000000', currency: 'USD' })
      expect((await ends(0, 'cost', jobId)).stdout).toMatch(/budget: 2\.00 USD, \d\.\d\d USD left/)
    },
    3 * MINUTE,
  )

  it(
    'because it fails again and again is finished by a deep fix, up to a limit that is confirmed',
    async () => {
      scriptShop(provider, twoWrong)
      const { jobId, stderr } = await ends(6, 'refactor', await writeProject(shop), ...goal, '--yes')
      expect(stderr).toMatch(/the model wrote the patch again that failed before \(SAME_PATCH\)/)
      const unconfirmed = await ends(2, 'intervene', jobId, '--deep-fix')
      expect(unconfirmed.stderr).toMatch(/lab\/deep: at most \d+\.\d\d USD a call/)
      expect(unconfirmed.stderr).toContain('so far')
      scriptShop(provider, goodTotal)
      await ends(0, 'intervene', jobId, '--deep-fix', '--confirm', '5')
      expect((await ends(0, 'cost', jobId)).stdout).toContain('lab/deep')
      const deep = provider.calls
        .filter(({ request }) => request.model === 'deep')
        .map(({ request }) => promptOf(request))
      expect(deep).toHaveLength(2)
      const [read, written] = deep
      expect(read).not.toContain('+ 1, 0)') // nothing of what failed
      expect(written).toContain(reanalysis.findings[0])
      expect(written).toContain(reanalysis.steps[0])
      expect((await ends(0, 'diff', jobId)).stdout).toContain('items.reduce(')
    },
    3 * MINUTE,
  )

  it(
    'is cancelled',
    async () => {
      scriptShop(provider, goodTotal)
      const dir = await writeProject(shop)
      const { jobId } = await ends(6, 'refactor', dir, ...goal, '--yes', '--budget', '0.0001')
      await ends(0, 'intervene', jobId, '--cancel')
      expect((await ends(5, 'intervene', jobId)).stderr).toContain('cancelled')
    },
    2 * MINUTE,
  )
})
