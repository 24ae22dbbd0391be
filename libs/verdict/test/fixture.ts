import { cp, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { LocalWorkbench } from '../src/testing.ts'
import { discoverChecks } from '../src/checks/discover-checks.ts'
import type { Checks } from '../src/types.ts'

export interface Project {
  readonly workbench: LocalWorkbench
  readonly checks: Checks
  readonly root: string
  edit(dir: string, file: string, change: (text: string) => string): Promise<void>
}

const roots: string[] = []

/** A fixture as the `base` of a fresh local workbench. */
export const openFixture = async (name: string, testCommand?: string): Promise<Project> => {
  const root = await mkdtemp(path.join(os.tmpdir(), 'iama-verdict-'))
  roots.push(root)
  await cp(path.join(import.meta.dirname, '../fixtures', name), path.join(root, 'base'), { recursive: true })
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

export const closeFixtures = async (): Promise<void> => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true, force: true })
}
