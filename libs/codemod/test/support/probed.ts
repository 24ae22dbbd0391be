import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Tree } from '@iama/patch'

/** Writes a package into a folder, and gives what its `test/probe.js` prints there under Node. */
export const probed = async (tree: Tree, dir: string): Promise<string> => {
  for (const [name, { content }] of tree) {
    await mkdir(path.join(dir, path.dirname(name)), { recursive: true })
    await writeFile(path.join(dir, name), content)
  }
  const { stdout } = await promisify(execFile)(process.execPath, ['test/probe.js'], { cwd: dir })
  return stdout
}
