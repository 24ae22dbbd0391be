import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { say } from '../bootstrap/progress.mjs'
import { composeCorpus, LINES } from './graph/corpus.ts'
import type { Figures, Row, Suite } from './suite.ts'

const exec = promisify(execFile)
const name = 'bare parse'
const row = { case: `${LINES} lines`, name, unit: 's' }

const rows: readonly Row[] = [
  { ...row, key: 'build', metric: 'from nothing', limit: { below: 10 } },
  { ...row, key: 'processor', metric: 'from nothing, processor time' },
  { ...row, key: 'peak', metric: 'peak memory of the process', unit: 'MiB', limit: { below: 1_024 } },
  { ...row, key: 'change', metric: 'after one change of the largest file', limit: { below: 1 } },
  { ...row, key: 'restored', metric: 'in a new process, with the bytes of the cache, and one change' },
]

const open: Suite['open'] = async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'iama-bench-graph-'))
  const cache = path.join(folder, 'cache')
  const { lines, files } = composeCorpus(path.join(folder, 'tree'))
  say(`${lines} lines in ${files} files`)
  const side = async (mode: string): Promise<Figures> => {
    const script = path.join(import.meta.dirname, 'graph/side.ts')
    const { stdout } = await exec(process.execPath, [script, mode, path.join(folder, 'tree'), cache])
    return JSON.parse(stdout) as Figures
  }
  return {
    ours: async () => {
      const figures = { ...(await side('graph')), ...(await side('restored')) }
      const { symbols, edges, rank, bytes } = figures
      say(`${symbols} symbols, ${edges} edges; rank ${rank!.toFixed(2)} s, cache ${bytes!.toFixed(1)} MiB`)
      return figures
    },
    other: async () => {
      const figures = await side('parse')
      // Without a cache a new process parses everything again.
      return { ...figures, restored: figures['build']! }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

/** What the code graph takes over the bare parsing of the same files, each in a process of its own. */
export const graph: Suite = {
  name: 'graph',
  summary: [
    `the code graph of ${LINES} lines of installed packages: from nothing, after one change, and from the bytes of a`,
    'cache, against the TypeScript parser alone on the same files; every figure is of a process of its own',
  ].join('\n'),
  rounds: 3,
  rows,
  open,
}
