import { cpSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { root } from '../../workspace.ts'

/** Sources of packages that are installed anyway: TypeScript with its tests, ES modules, CommonJS by hand and compiled. */
const sources = [
  'zod/src',
  'openai/src',
  'eslint/lib',
  'undici/lib',
  'typeorm/browser',
  'typeorm/query-builder',
  'typeorm/persistence',
  'typeorm/driver',
  'ioredis/built',
  'commander/lib',
  'inversify/lib',
  'pg/lib',
]
/** No package makes up more than a quarter of it. */
const MOST_OF_ONE = 25_000

export const LINES = 100_000

const linesOf = (file: string): number => readFileSync(file, 'utf8').split('\n').length - 1

/** Copies 100,000 lines of code, each source into a folder of its own. Returns how many lines and files these are. */
export const composeCorpus = (to: string): { readonly lines: number; readonly files: number } => {
  let [lines, files] = [0, 0]
  for (const source of sources) {
    const from = path.join(root, 'node_modules', source)
    let own = 0
    const names = readdirSync(from, { recursive: true, encoding: 'utf8' }).filter(
      (name) => /(?<!\.d|\.min)\.[cm]?[jt]s$/.test(name) && !name.includes('node_modules'),
    )
    for (const name of names.sort()) {
      if (own >= MOST_OF_ONE || lines >= LINES) break
      const target = path.join(to, 'packages', source.replace('/', '-'), name)
      mkdirSync(path.dirname(target), { recursive: true })
      cpSync(path.join(from, name), target)
      const count = linesOf(target)
      own += count
      lines += count
      files += 1
    }
  }
  if (lines < LINES) throw new Error(`the installed packages have only ${lines} lines: add one to the sources`)
  return { lines, files }
}
