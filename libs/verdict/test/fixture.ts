import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { applyPatch, sha256, type Edit, type Patch } from '@iama/patch'
import { changedPaths, readTree } from '../src/gates/context.ts'
import { LocalWorkbench } from '../src/testing.ts'
import { runBaseline } from '../src/baseline/run-baseline.ts'
import { discoverChecks } from '../src/checks/discover-checks.ts'
import { recordSessions } from '../src/sessions/record-sessions.ts'
import type { BaselineReport, Checks, SessionSet } from '../src/types.ts'

export interface Project {
  readonly workbench: LocalWorkbench
  readonly checks: Checks
  readonly root: string
  edit(dir: string, file: string, change: (text: string) => string): Promise<void>
}

const roots: string[] = []

const newRoot = async (): Promise<string> => {
  const root = await mkdtemp(path.join(os.tmpdir(), 'iama-verdict-'))
  roots.push(root)
  return root
}

const projectIn = async (root: string, testCommand?: string): Promise<Project> => {
  const workbench = new LocalWorkbench(root)
  const text = async (dir: string, file: string) => Buffer.from((await workbench.read(dir, file))!).toString('utf8')
  const packageJson = JSON.parse(await text('base', 'package.json'))
  const overrides = testCommand === undefined ? {} : { testCommand }
  return {
    workbench,
    root,
    checks: discoverChecks(packageJson, await workbench.list('base'), overrides),
    edit: async (dir, file, change) => {
      const before = await text(dir, file)
      const after = change(before)
      if (after === before) throw new Error(`the change of ${file} changes nothing`)
      await workbench.write(dir, new Map([[file, Buffer.from(after)]]))
    },
  }
}

/** A fixture as the `base` of a fresh local workbench. */
export const openFixture = async (name: string, testCommand?: string): Promise<Project> => {
  const root = await newRoot()
  await cp(path.join(import.meta.dirname, '../fixtures', name), path.join(root, 'base'), { recursive: true })
  return projectIn(root, testCommand)
}

/** The same with files of the test's own. */
export const openFiles = async (files: Readonly<Record<string, string>>): Promise<Project> => {
  const root = await newRoot()
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, 'base', file)), { recursive: true })
    await writeFile(path.join(root, 'base', file), text)
  }
  return projectIn(root)
}

/** What its tests do with index.js, and no neighbours of that. */
export const recordIndex = async ({ workbench, checks }: Project): Promise<SessionSet> => {
  const baseline = await runBaseline(workbench, 'base', checks)
  return await recordSessions(workbench, 'base', checks, { files: ['index.js'] }, { baseline, mutations: 0 })
}

export interface Basket {
  readonly project: Project
  readonly baseline: BaselineReport
  readonly sessions: SessionSet
}

export const basketScope = { files: ['index.js', 'lib/money.js'] }

/** The basket with what its tests say, and what was recorded while they ran. */
export const openBasket = async (): Promise<Basket> => {
  const project = await openFixture('basket')
  const { workbench, checks } = project
  const baseline = await runBaseline(workbench, 'base', checks)
  const sessions = await recordSessions(workbench, 'base', checks, basketScope, { baseline, mutations: 0 })
  return { project, baseline, sessions }
}

/** For suites about other gates: gate 4 has its own. */
export const fewSessions = { sessions: 200, waiting: 5 }

export interface Change {
  readonly file: string
  readonly anchor: string
  readonly text: string
  readonly recipe?: string
}

/** One edit a change, anchored in the base; the patched tree stands in `patched` afterwards. */
export const applyChanges = async (project: Project, changes: readonly Change[]): Promise<Patch> => {
  const { workbench } = project
  const edits: Edit[] = []
  for (const [i, { file, anchor, text, recipe = 'test' }] of changes.entries()) {
    const content = Buffer.from((await workbench.read('base', file))!)
    const start = content.indexOf(anchor)
    if (start < 0) throw new Error(`${file} does not hold ${anchor}`)
    const range = { start, end: start + Buffer.byteLength(anchor) }
    edits.push({
      id: `edit-${i + 1}`,
      recipe,
      title: `change ${i + 1}`,
      reason: 'a test',
      operations: [{ type: 'replace', path: file, base: sha256(content), range, anchor, text }],
      dependsOn: [],
      evidence: { kind: 'unproven' },
    })
  }
  const patch: Patch = { version: 1, edits }
  const tree = await readTree(workbench, 'base')
  const patched = applyPatch(tree, patch)
  await workbench.fork('base', 'patched')
  await workbench.write(
    'patched',
    new Map(changedPaths(tree, patched).map((path) => [path, patched.get(path)?.content ?? null])),
  )
  return patch
}

export const closeFixtures = async (): Promise<void> => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true, force: true })
}
