import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { analyze } from '@iama/codemod'
import type { Tree, TreeFile } from '@iama/patch'
import { discoverChecks, recordSessions, runBaseline, type PackageJson } from '@iama/verdict'
import type { BaselineReport, Checks, SessionSet } from '@iama/verdict'
import { LocalWorkbench } from '@iama/verdict/testing'
import { StepFailed, step } from '../../bootstrap/progress.mjs'
import { fetchPackage } from '../../demo/fetch-package.ts'
import { root } from '../../workspace.ts'
import type { Subject } from './packages.ts'
import type { SourceFile } from './task.ts'
import { manifest } from './tools.ts'

const exec = promisify(execFile)
const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']

/** A package ready to be changed and judged: its tests pass, its behaviour is recorded. */
export interface Prepared {
  readonly subject: Subject
  readonly workbench: LocalWorkbench
  readonly folder: string
  readonly tree: Tree
  readonly files: readonly SourceFile[]
  readonly lines: number
  readonly checks: Checks
  readonly baseline: BaselineReport
  readonly sessions: SessionSet
}

/** Installs the tools once for each list of versions. @returns their folder */
export const installTools = async (): Promise<string> => {
  const folder = path.join(root, '.iama/bench-refactor')
  const file = path.join(folder, 'package.json')
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  const isThere = existsSync(path.join(folder, 'installed')) && (await readFile(file, 'utf8')) === text
  if (isThere) return folder
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await writeFile(file, text)
  await step('installing the tools to compare with', () => exec('npm', ['install', ...quiet], { cwd: folder }))
  await writeFile(path.join(folder, 'installed'), '')
  return folder
}

/** Linters have rules of their own about style; here the floor is raised for all, and nobody is measured by them. */
const lintSettings = /^(\.eslintrc(\..*)?|eslint\.config\.\w+|\.nycrc|\.taprc)$/

/** Raises the floor to Node 20 for everybody, and leaves of package.json what the tests need. */
const settle = async (base: string, { runner, test, files, built, manifest: changes }: Subject): Promise<void> => {
  const file = path.join(base, 'package.json')
  const json = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
  const { devDependencies: _, ...kept } = json
  const settled = { ...kept, engines: { node: '>=20' }, scripts: { test }, ...changes }
  await writeFile(file, `${JSON.stringify(settled, null, 2)}\n`)
  for (const name of built) await rm(path.join(base, name), { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(base, name), text)
  for (const name of await readdir(base)) if (lintSettings.test(name)) await rm(path.join(base, name))
  await exec('npm', ['install', ...quiet, '--no-package-lock', ...runner], { cwd: base })
}

export const treeOf = async (workbench: LocalWorkbench, dir: string): Promise<Tree> => {
  const tree = new Map<string, TreeFile>()
  for (const file of await workbench.list(dir))
    tree.set(file, { content: (await workbench.read(dir, file))!, executable: false })
  return tree
}

/** @throws StepFailed when the tests of the untouched package do not pass here */
export const prepare = async (subject: Subject, folder: string): Promise<Prepared> => {
  const packed = `${subject.name}@${subject.version}`
  await mkdir(folder, { recursive: true })
  const base = path.join(folder, 'base')
  await fetchPackage(packed, base)
  await settle(base, subject)
  const workbench = new LocalWorkbench(folder)
  const tree = await treeOf(workbench, 'base')
  const sources = analyze(tree).files.filter(({ editable, role }) => editable && role === 'source')
  const files = sources.map((file): SourceFile => ({
    path: file.path,
    isModule: file.moduleKind === 'esm',
    isTypeScript: file.language === 'typescript',
  }))
  const json = JSON.parse(Buffer.from(tree.get('package.json')!.content).toString()) as PackageJson
  const checks = discoverChecks(json, [...tree.keys()])
  const { baseline, sessions } = await step(`${packed}: its tests, and what they do recorded`, async () => {
    const report = await runBaseline(workbench, 'base', checks)
    if (report.status === 'red') {
      const tail = report.leaves.map(({ outputTail }) => outputTail).join('\n')
      throw new StepFailed(`the tests of ${packed} do not pass untouched`, { tail, hint: 'leave it out with --only' })
    }
    const scope = { files: files.map((file) => file.path) }
    return { baseline: report, sessions: await recordSessions(workbench, 'base', checks, scope, { baseline: report }) }
  })
  const lines = sources.reduce((sum, file) => sum + file.lines, 0)
  return { subject, workbench, folder, tree, files, lines, checks, baseline, sessions }
}
