import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { canonicalJson, formatPatch, selectEdits, withoutEdits } from '@iama/patch'
import { differences, readTree } from '../../../tools/demo/trees.ts'
import { healthy, manyOldFiles, unproven, withTest, writeProject } from './projects.ts'
import { jsonLines, patchOf, texts, textsWith, treeOf, verdictOf } from './reading.ts'
import { openSystem, type System } from './system.ts'

let system: System
const MINUTE = 60_000

beforeAll(async () => {
  system = await openSystem()
}, 3 * MINUTE)

afterAll(async () => await system.stop(), MINUTE)

const refactor = async (dir: string): Promise<string> => {
  const { code, stderr, jobId } = await system.iama([
    ...['refactor', dir, '--goal', 'modernize', '--target', 'node20', '--yes'],
  ])
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return jobId
}

const ends = async (code: number, args: readonly string[]) => {
  const said = await system.iama(args)
  expect({ args, code: said.code, stderr: said.code === code ? '' : said.stderr }).toEqual({ args, code, stderr: '' })
  return said
}

/** The project's own tests with plain Node, away from our system. */
const ownTests = async (dir: string): Promise<string> => {
  const run = promisify(execFile)(process.execPath, ['--test', '--test-reporter=tap'], {
    cwd: dir,
    env: { PATH: process.env['PATH'] },
  })
  return (await run).stdout
}

describe('a part of a patch', () => {
  it(
    'is verified, applied alone, and reverted byte for byte',
    async () => {
      const dir = await writeProject(healthy)
      const before = await readTree(dir)
      const words: string[] = []
      for (const flag of ['--only', '--except']) {
        const jobId = await refactor(dir)
        words.push(
          formatPatch((await patchOf(system, jobId)).patch),
          canonicalJson((await verdictOf(system, jobId)).body),
        )
        const base = await treeOf(dir)
        const { patch } = await patchOf(system, jobId)
        expect(patch.edits.length).toBeGreaterThan(2)
        // the floor comes along with whatever needs it, and goes last
        const [edit] = patch.edits.filter(({ recipe }) => recipe === 'var-to-let-const')
        const part = flag === '--only' ? selectEdits(patch, [edit!.id]) : withoutEdits(patch, [edit!.id])

        const unknown = await system.iama(['accept', jobId, flag, 'no-such-edit'])
        expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('no-such-edit') })
        const nothing = await system.iama(['accept', jobId, '--except', 'raise-floor:package.json'])
        expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('no edit is left') })
        expect(await readTree(dir)).toEqual(before)

        const accepted = await ends(0, ['accept', jobId, flag, edit!.id])
        expect(accepted.stderr).toMatch(/verifying the part/)
        if (flag === '--only') expect(accepted.stderr).toContain('needed by these: raise-floor:package.json')
        expect(texts(await treeOf(dir))).toEqual(textsWith(base, part))
        expect(textsWith(base, part)).not.toEqual(textsWith(base, patch))
        expect(await ownTests(dir)).toMatch(/^# fail 0$/m)

        await ends(0, ['revert', jobId])
        expect(await readTree(dir)).toEqual(before)
      }
      // the second job had the same tree: the same patch and the same verdict, byte for byte
      expect(words.slice(2)).toEqual(words.slice(0, 2))
    },
    3 * MINUTE,
  )

  it(
    'is committed in small commits, each of them green',
    async () => {
      const dir = await writeProject(healthy)
      const git = async (...args: string[]): Promise<string> =>
        (
          await promisify(execFile)('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], {
            cwd: dir,
          })
        ).stdout
      await git('init', '-q')
      await git('add', '-A')
      await git('commit', '-q', '-m', 'base')
      const jobId = await refactor(dir)
      const { body } = await verdictOf(system, jobId)
      expect(body.commits!.length).toBeGreaterThan(2)

      await git('config', 'user.name', 'A')
      await git('config', 'user.email', 'a@example.org')
      const accepted = await ends(0, ['accept', jobId, '--commits'])
      expect(accepted.stderr).toContain(`committed it in ${body.commits!.length} commits`)
      expect(await git('status', '--porcelain')).toBe('')
      expect(await ownTests(dir)).toMatch(/^# fail 0$/m)
      const commits = (await git('rev-list', '--reverse', 'HEAD')).trim().split('\n').slice(1)
      expect(commits).toHaveLength(body.commits!.length)
      for (const commit of commits) {
        await git('checkout', '-q', commit)
        expect(await ownTests(dir)).toMatch(/^# fail 0$/m)
      }
    },
    3 * MINUTE,
  )

  it(
    'is delivered when other edits break the tests, and those are listed with what they break',
    async () => {
      const dir = await writeProject(
        withTest(
          'source',
          `test('greet is written as ever', () => {
  const source = require('node:fs').readFileSync(require.resolve('../index.js'), 'utf8');
  assert.match(source, /var words/);
});
`,
        ),
      )
      const jobId = await refactor(dir)
      const { patch, dropped } = await patchOf(system, jobId)
      expect(patch.edits.length).toBeGreaterThan(0)
      const blamed = dropped.filter(({ reasons }) => reasons.some((reason) => reason.includes('written as ever')))
      expect({ blamed: blamed.length, dropped }).toMatchObject({ blamed: 1 })
      expect(patch.edits.map(({ id }) => id)).not.toContain(blamed[0]!.editId)
      const shown = await ends(0, ['diff', jobId])
      expect(shown.stderr).toContain(blamed[0]!.title)
      expect(shown.stderr).toContain('greet is written as ever')

      await ends(0, ['accept', jobId])
      const tests = await ownTests(dir)
      expect(tests).toMatch(/^# pass 5$/m)
      expect(tests).toMatch(/^# fail 0$/m)
    },
    2 * MINUTE,
  )
})

describe('characterization tests', () => {
  it(
    'are written as files of their own, and pass without us, before the patch and after it',
    async () => {
      const dir = await writeProject(healthy)
      const jobId = await refactor(dir)
      const before = await readTree(dir)
      const shown = jsonLines(await ends(0, ['tests', jobId, '--json']))
      await ends(0, ['tests', jobId, '--write'])
      const written = differences(before, await readTree(dir))
      expect(written).toEqual(shown.map((line) => line['path']).sort())
      expect(written.every((file) => !before.has(file))).toBe(true)

      const tests = await ownTests(dir)
      expect(tests).toMatch(/^# fail 0$/m)
      expect(Number(/^# pass (\d+)$/m.exec(tests)![1])).toBeGreaterThan(4)
      await ends(0, ['accept', jobId])
      expect(await ownTests(dir)).toMatch(/^# fail 0$/m)
    },
    2 * MINUTE,
  )
})

describe('edits that no proof covers', () => {
  const modernize = ['--goal', 'modernize', '--yes', '--engine', 'codemod']

  it(
    'are made where it was asked for, and stay where recorded sessions would notice a fault',
    async () => {
      const dir = await writeProject(unproven)
      const proven = await ends(5, ['refactor', dir, ...modernize])
      expect(proven.stderr).toContain('nothing to do: no recipe found anything that it would change')
      expect(proven.stderr).toContain('--evidence verified would also try what cannot be proven')

      const { jobId } = await ends(0, ['refactor', dir, ...modernize, '--evidence', 'verified'])
      const { patch, dropped } = await patchOf(system, jobId)
      const resting = patch.edits.filter(({ evidence }) => evidence.kind === 'verified')
      expect(resting.map(({ recipe }) => recipe).sort()).toEqual(['async-functions', 'class-declarations'])
      const left = dropped.filter(({ editId }) => editId.startsWith('class-declarations'))
      expect(left).toMatchObject([
        { reasons: [expect.stringMatching(/^no recorded session would notice a fault at index.js:/)] },
      ])
      const { body } = await verdictOf(system, jobId)
      const gate = body.gates.find((each) => each.gate === 'characterization')!
      expect(gate.summary).toMatch(/would notice a fault in each place of 2 edits that rest on them$/)

      await ends(0, ['accept', jobId])
      const text = texts(await treeOf(dir))['index.js']!
      expect(text).toContain('class Queue {')
      expect(text).toContain('function Journal(lines) {')
      expect(text).toContain('await Promise.all(items)')
      expect(await ownTests(dir)).toMatch(/^# fail 0$/m)
      await ends(0, ['revert', jobId])
    },
    3 * MINUTE,
  )
})

/** A project whose patch the client was writing when it was killed: who is looked at late has written it all. */
const killedWhileWriting = async () => {
  for (let tries = 1; ; tries++) {
    const dir = await writeProject(manyOldFiles(60))
    const before = await readTree(dir)
    const jobId = await refactor(dir)
    const accepting = system.begin(['accept', jobId])
    const record = path.join(dir, '.iama/journal/journal.json')
    let over = false
    const ended = accepting.ended.finally(() => (over = true))
    while (!existsSync(record) && !over) await sleep(1)
    accepting.kill('SIGKILL')
    const { code } = await ended
    if (code === -1 && existsSync(record)) return { dir, before, jobId }
    // it had written all before the kill, which says nothing of one in the middle
    expect(existsSync(record)).toBe(false)
    expect([0, -1]).toContain(code)
    expect(tries).toBeLessThan(5)
  }
}

describe('the client, killed while it writes', () => {
  it(
    'leaves a journal, by which the next command finishes or undoes',
    async () => {
      const { dir, before, jobId } = await killedWhileWriting()
      const next = await ends(0, ['accept', jobId])
      expect(next.stderr).toMatch(/(finished writing|took back) the patch of job .* interrupted/)
      expect(existsSync(path.join(dir, '.iama'))).toBe(false)
      const base = new Map([...before].filter(([name]) => name.startsWith('lib/')))
      const after = await readTree(dir)
      expect([...base].filter(([name, hash]) => after.get(name) === hash)).toEqual([])
      expect(await ownTests(dir)).toMatch(/^# fail 0$/m)
      await ends(0, ['revert', jobId])
      expect(await readTree(dir)).toEqual(before)
    },
    3 * MINUTE,
  )
})
