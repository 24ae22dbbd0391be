import { existsSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { root } from '../workspace.ts'
import { alive, infoFile } from './info.ts'
import { sweep } from './processes.ts'
import { dataFolderOf, unprivilegedUser } from './unprivileged.ts'

/** The folder of stacks that live as long as one test run: each is named after the process that holds it. */
export const runsDir = path.join(root, '.iama/runs')

/** Removes what test runs left behind that died before they could: processes, data, logs. */
export const sweepRuns = async (): Promise<void> => {
  if (!existsSync(runsDir)) return
  const names = new Set(readdirSync(runsDir).map((name) => name.replace(/\.json(\.new)?$/, '')))
  for (const name of names) {
    if (alive(Number.parseInt(name, 10))) continue
    const dir = path.join(runsDir, name)
    await sweep(dir)
    const data = dataFolderOf(path.join(dir, 'postgres'), unprivilegedUser())
    for (const entry of [data, dir, infoFile(dir)]) rmSync(entry, { recursive: true, force: true })
  }
}
