import path from 'node:path'
import { existsSync } from 'node:fs'
import { withLock } from './bootstrap/lock.mjs'
import { StepFailed, say, step } from './bootstrap/progress.mjs'
import { buildProject, entriesOf } from './build.ts'
import { ensureGenerated } from './generate.ts'
import { contentHash, unlessDone } from './stamp.ts'
import { apps, root } from './workspace.ts'

const inputs = ['apps', 'libs', 'proto', 'package-lock.json', 'tools/build.ts']

const buildApps = (): Promise<void> =>
  step('building the apps', async (note) => {
    // One after the other: esbuild already uses every core, and a failure then belongs to one app.
    for (const app of apps().filter(({ dir }) => entriesOf(dir).length > 0)) {
      note(app.name)
      await buildProject(app.dir).catch((error: Error) => {
        throw new StepFailed(`building ${app.name} failed`, {
          tail: error.message,
          hint: `mend the file named above; npx nx build ${app.name} repeats this step alone`,
        })
      })
    }
  })

/** Bundles every app when a source, a lib or the lock file changed. Returns whether it had to. */
export const ensureBuilt = (): Promise<boolean> =>
  withLock(path.join(root, '.iama/locks/build'), () => {
    const outputs = apps()
      .filter(({ dir }) => existsSync(path.join(dir, 'src/main.ts')))
      .map(({ dir }) => path.relative(root, path.join(dir, 'dist/main.js')))
    return unlessDone('build', contentHash(inputs), outputs, buildApps)
  })

export const run = async (args: readonly string[]): Promise<number> => {
  await ensureGenerated()
  if (args.includes('--force')) await buildApps()
  else if (!(await ensureBuilt())) say('the bundles are up to date')
  return 0
}
