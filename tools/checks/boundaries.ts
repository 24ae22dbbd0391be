import { existsSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser'
import { StepFailed } from '../bootstrap/progress.mjs'
import { root } from '../workspace.ts'

const require = createRequire(import.meta.url)

/** The rules that CI checks, from .dependency-cruiser.cjs. */
export const rules = require('../../.dependency-cruiser.cjs') as IConfiguration

export interface BoundaryReport {
  /** Source files of the workspace that were read; a check that read nothing proves nothing. */
  readonly modules: number
  /** `<rule>: <from> -> <to>`, in a fixed order. */
  readonly violations: readonly string[]
}

/** Reads every import below apps/, libs/ and tools/ of a workspace and holds it against the rules. */
export const readBoundaries = async (workspace: string = root): Promise<BoundaryReport> => {
  const folders = ['apps', 'libs', 'tools'].filter((folder) => existsSync(path.join(workspace, folder)))
  const { output } = await cruise(folders, {
    ...rules.options,
    baseDir: workspace,
    validate: true,
    ruleSet: { forbidden: rules.forbidden ?? [] },
  })
  const { modules, summary } = output as ICruiseResult
  return {
    modules: modules.filter(({ source }) => /^(apps|libs|tools)\/.*\.[mc]?ts$/.test(source)).length,
    violations: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`).sort(),
  }
}

/** The check of `npm run check -- boundaries`. */
export const checkBoundaries = async (logFile: string): Promise<void> => {
  const { modules, violations } = await readBoundaries()
  const text = [...violations, `${modules} modules read`].join('\n')
  writeFileSync(logFile, `${text}\n`)
  if (modules === 0) throw new StepFailed('dependency-cruiser read no module at all', { logFile })
  if (violations.length > 0) {
    throw new StepFailed(`${violations.length} imports cross a boundary`, {
      tail: text,
      logFile,
      hint: 'each rule and its reason stand in .dependency-cruiser.cjs',
    })
  }
}
