import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatPatch, sha256, type Patch } from '@iama/patch'
import { eventually } from '@iama/testing/servers'
import { readTree } from '../../../tools/demo/trees.ts'
import { asSuperuser } from '../../../tools/stack/databases.ts'
import { startAttached } from './ide.ts'
import { healthy, withTest, writeProject } from './projects.ts'
import { jsonLines, patchOf, texts, textsWith, treeOf } from './reading.ts'
import { openSystem, type Said, type System } from './system.ts'

let system: System
const MINUTE = 60_000

const jobsDatabase = (): string => {
  const url = new URL(system.info.postgresUrl)
  url.pathname = '/jobs'
  return url.href
}

const stateOf = async (jobId: string): Promise<string> =>
  await asSuperuser(jobsDatabase(), async (database) => {
    const { rows } = await database.query<{ state: string }>('SELECT state FROM jobs WHERE id = $1', [jobId])
    return rows[0]!.state
  })

/** A job that an IDE has started and left alone, at work on tests that take their time. */
let attached: string

beforeAll(async () => {
  system = await openSystem()
  const slow = "test('takes its time', () => new Promise((resolve) => setTimeout(resolve, 45_000)));\n"
  attached = await startAttached(system, withTest('slow', slow))
  const company = system.begin(['watch', attached])
  await company.said(/ANALYZING/)
  company.kill('SIGKILL')
  await company.ended
  await asSuperuser(jobsDatabase(), async (database) => {
    // 300 s without a heartbeat: time itself is what a test does not have
    const late = `UPDATE jobs SET last_seen_at = last_seen_at - interval '300 seconds' WHERE id = $1`
    expect((await database.query(late, [attached])).rowCount).toBe(1)
  })
}, 3 * MINUTE)

afterAll(async () => await system.stop(), MINUTE)

const ends = async (code: number, ...args: string[]): Promise<Said> => {
  const said = await system.iama(args)
  const heard = said.code === code ? '' : said.stderr + said.stdout
  expect({ args, code: said.code, heard }).toEqual({ args, code, heard: '' })
  return said
}

const modernize = (dir: string): string[] => ['refactor', dir, '--goal', 'modernize', '--target', 'node20']

const fileOf = async (text: string): Promise<string> => {
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'iama-answer-')), 'answer')
  await writeFile(file, text)
  return file
}

interface ShownSpec {
  readonly version: number
  readonly revisionToken: string
  readonly bdd: string
  readonly sdd?: string
}

const specOf = async (jobId: string): Promise<ShownSpec> =>
  jsonLines(await ends(0, 'spec', jobId, '--json'))[0]!['spec'] as ShownSpec

describe('a job that asks', () => {
  it(
    'takes the choice of a strategy, edits of its spec but no outdated one, and the approval',
    async () => {
      const asked = await ends(6, ...modernize(await writeProject(healthy)))
      const { jobId } = asked
      const [, select] = /(iama answer \S+ --select \S+)/.exec(asked.stderr)!
      const chosen = await ends(6, ...select!.split(' ').slice(1))
      expect(chosen.stderr).toContain(`iama answer ${jobId} --approve`)

      const drafted = await specOf(jobId)
      const scenario = `${drafted.bdd}\n  Scenario: of the first person\n    Then nothing else changes\n`
      await ends(0, 'spec', jobId, '--bdd', await fileOf(scenario), '--revision', drafted.revisionToken)
      const late = ['spec', jobId, '--sdd', await fileOf('# Mine\n'), '--revision', drafted.revisionToken]
      const refused = await ends(4, ...late)
      expect(refused.stderr).toMatch(/revision 2 by now: somebody has edited it/)
      expect(refused.stderr).toContain(`iama spec ${jobId}`)
      expect(jsonLines(await ends(4, ...late, '--json')).at(-1)).toMatchObject({ code: 'REVISION_CONFLICT' })
      const edited = await specOf(jobId)
      expect(edited).toMatchObject({ version: 2, bdd: scenario, sdd: drafted.sdd })

      await ends(0, 'answer', jobId, '--approve')
      // an edit of the spec takes a delivered patch back to its approval, and through all the work again
      await ends(0, 'spec', jobId, '--sdd', await fileOf('# Second thoughts\n'), '--revision', edited.revisionToken)
      const waits = await ends(6, 'watch', jobId)
      expect(waits.stderr).toContain('waits for the approval')
      await ends(0, 'answer', jobId, '--approve')
      await ends(0, 'accept', jobId)
      const over = await ends(4, 'spec', jobId, '--sdd', await fileOf('# Too late\n'))
      expect(over.stderr).toMatch(/ACCEPTED/)
    },
    3 * MINUTE,
  )
})

describe('a job that waits, for its tests are red', () => {
  it(
    'is tried again when told to, and goes on once they are green',
    async () => {
      // late enough for the first run to be red, however long the job takes to come to it
      const greenFrom = Date.now() + 30_000
      const dir = await writeProject(
        withTest('early', `test('is not too early', () => assert.ok(Date.now() > ${greenFrom}));\n`),
      )
      const red = await ends(6, ...modernize(dir), '--yes')
      expect(red.stderr).toContain('is not too early')
      const { jobId } = red
      const mine = await fileOf(formatPatch(byHand('index.js', healthy['index.js'] as string, ['function greet'])))
      for (const answer of [['--take-green'], ['--own-edits', mine]]) {
        const refused = await ends(4, 'answer', jobId, ...answer)
        expect(refused.stderr).toMatch(/not possible while the job waits for BASELINE_RED/)
      }
      await sleep(Math.max(0, greenFrom - Date.now()))
      await ends(0, 'answer', jobId, '--retry', '--hint', 'the clock has moved on')
      await ends(0, 'accept', jobId)
    },
    3 * MINUTE,
  )

  it(
    'stays red when nothing is mended, and is cancelled when told to',
    async () => {
      const dir = await writeProject(withTest('red', "test('is red today', () => assert.strictEqual(1, 2));\n"))
      const { jobId } = await ends(6, ...modernize(dir), '--yes')
      const again = await ends(6, 'answer', jobId, '--retry')
      expect(again.stderr).toContain('is red today')
      await ends(0, 'cancel', jobId)
      expect((await ends(5, 'watch', jobId)).stderr).toContain('cancelled')
      expect((await ends(4, 'answer', jobId, '--retry')).stderr).toMatch(/final/)
    },
    2 * MINUTE,
  )
})

const mended = '// mended by hand\n'

/** One edit of a person's own: text at the head of a file, or none at all. */
const byHand = (name: string, content: string, anchors: readonly string[]): Patch => ({
  version: 1,
  edits: anchors.map((anchor) => ({
    id: 'mine',
    recipe: 'by-hand',
    title: 'Mended by hand',
    reason: 'A person knows better.',
    dependsOn: [],
    evidence: { kind: 'unproven' },
    operations: [{ type: 'insert_before', path: name, base: sha256(Buffer.from(content)), anchor, text: mended }],
  })),
})

describe('a job whose every attempt is red', () => {
  it(
    'waits, and takes hints and the edits of a person, which pass the same gates',
    async () => {
      const before = healthy['index.js'] as string
      const anchor = 'function greet(name, greeting) {'
      const after = before.replace(anchor, `${mended}${anchor}`)
      const allowed = [before, after].map((text) => sha256(Buffer.from(text)))
      const dir = await writeProject(
        withTest(
          'sealed',
          `test('the source is sealed', () => {
  const source = require('node:fs').readFileSync(require.resolve('../index.js'));
  const hash = require('node:crypto').createHash('sha256').update(source).digest('hex');
  assert.ok(${JSON.stringify(allowed)}.includes(hash));
});
`,
        ),
      )
      const tree = await readTree(dir)
      const red = await ends(6, ...modernize(dir), '--yes', '--recipes', 'arrow-functions')
      const { jobId } = red
      expect(red.stderr).toMatch(/REPEATED_FAILURE/)
      expect(red.stderr).toContain('the source is sealed')
      expect(red.stderr).not.toContain('--take-green')
      const green = await ends(4, 'answer', jobId, '--take-green')
      expect(green.stderr).toContain('no part of the last patch is green')
      expect((await ends(6, 'answer', jobId, '--retry', '--hint', 'do not touch index.js')).stderr).toMatch(
        /REPEATED_FAILURE|ATTEMPTS_EXHAUSTED/,
      )
      const stale = formatPatch(byHand('index.js', `${before}// other\n`, [anchor]))
      const refused = await system.iama(['answer', jobId, '--own-edits', await fileOf(stale)])
      expect(refused.stderr).toContain('index.js')
      const mine = await fileOf(formatPatch(byHand('index.js', before, [anchor])))
      await ends(0, 'answer', jobId, '--own-edits', mine)
      expect(await readTree(dir)).toEqual(tree)
      await ends(0, 'accept', jobId)
      expect(await readFile(path.join(dir, 'index.js'), 'utf8')).toBe(after)
    },
    5 * MINUTE,
  )
})

describe('a job whose client falls silent', () => {
  it(
    'waits, and goes on with whoever answers it next',
    async () => {
      const jobId = attached
      // whoever watches before that is company again
      await eventually('its silence is noticed', async () => (await stateOf(jobId)) === 'WAITING_INTERVENTION', MINUTE)
      const silent = await ends(6, 'watch', jobId)
      expect(silent.stderr).toMatch(/HEARTBEAT_LOST.*fell silent/)
      const resumed = system.begin(['answer', jobId, '--retry'])
      await resumed.said(/ANALYZING/)
      await ends(0, 'cancel', jobId)
      expect((await resumed.ended).code).toBe(5)
    },
    2 * MINUTE,
  )
})

describe('two jobs on one tree', () => {
  it(
    'both run, and when both are accepted at once, one is refused and nothing is half written',
    async () => {
      const dir = await writeProject(healthy)
      const base = await treeOf(dir)
      const jobs = await Promise.all([
        ends(0, ...modernize(dir), '--yes'),
        ends(0, ...modernize(dir), '--yes', '--recipes', 'var-to-let-const'),
      ])
      const wanted = await Promise.all(
        jobs.map(async ({ jobId }) => textsWith(base, (await patchOf(system, jobId)).patch)),
      )
      expect(wanted[0]).not.toEqual(wanted[1])

      const accepted = await Promise.all(jobs.map(({ jobId }) => system.iama(['accept', jobId])))
      expect(accepted.map(({ code }) => code).sort()).toEqual([0, 2])
      const winner = accepted.findIndex(({ code }) => code === 0)
      expect(texts(await treeOf(dir))).toEqual(wanted[winner])
      expect(accepted[1 - winner]!.stderr).toMatch(/index\.js|another .* is at work/)

      const refused = await ends(2, 'accept', jobs[1 - winner]!.jobId)
      expect(refused.stderr).toMatch(/changed since .*index\.js.*nothing was written/)
      expect(texts(await treeOf(dir))).toEqual(wanted[winner])
    },
    3 * MINUTE,
  )
})
