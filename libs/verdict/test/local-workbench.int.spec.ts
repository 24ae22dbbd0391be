import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { contractProject, workbenchContract } from '../src/contract.ts'
import { LocalWorkbench } from '../src/testing.ts'

workbenchContract('LocalWorkbench', async () => {
  const root = await mkdtemp(path.join(os.tmpdir(), 'iama-workbench-'))
  for (const [file, content] of contractProject) {
    await mkdir(path.dirname(path.join(root, 'base', file)), { recursive: true })
    await writeFile(path.join(root, 'base', file), content)
  }
  return { workbench: new LocalWorkbench(root), close: () => rm(root, { recursive: true, force: true }) }
})
