import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import {
  applyPatch,
  formatPatch,
  invertPatch,
  parsePatch,
  sha256,
  unifiedDiff,
  type DiffStyle,
  type Patch,
  type Tree,
} from '@iama/patch'
import { median, type Figures, type Row, type Suite } from './suite.ts'

const FILES = 10
const LINES = 10_000
/** Each so many lines one is changed. */
const EVERY = 50
const REPETITIONS = 5

const lineOf = (file: number, line: number): string =>
  `  const value${line} = items[${line % 97}] + total(${file}, ${line})\n`
const changedOf = (file: number, line: number): string =>
  `  const value${line} = add(items.at(${line % 97}), total(${file}, ${line}))\n`

const textOf = (file: number): string => Array.from({ length: LINES }, (_, line) => lineOf(file, line)).join('')

/** One edit a changed line, each tied to its bytes. */
const patchOf = (texts: ReadonlyMap<string, string>): Patch => ({
  version: 1,
  edits: [...texts].flatMap(([name, text], file) => {
    const base = sha256(Buffer.from(text))
    let start = 0
    return Array.from({ length: LINES }, (_, line) => {
      const anchor = lineOf(file, line)
      const range = { start, end: start + anchor.length }
      start = range.end
      if (line % EVERY !== 0) return []
      return {
        ...{ id: `f${file}-l${line}`, recipe: 'bench', title: 'Change a line', reason: 'It is measured.' },
        operations: [{ type: 'replace', path: name, base, range, anchor, text: changedOf(file, line) } as const],
        ...{ dependsOn: [], evidence: { kind: 'unproven' } as const },
      }
    }).flat()
  }),
})

const readTree = (dir: string): Tree =>
  new Map(readdirSync(dir).map((name) => [name, { content: readFileSync(path.join(dir, name)), executable: false }]))

const writeTree = (dir: string, tree: Tree): void => {
  mkdirSync(dir, { recursive: true })
  for (const [name, { content }] of tree) writeFileSync(path.join(dir, name), content)
}

/** The median of some repetitions, in milliseconds. */
const timeOf = (work: () => void): number =>
  median(
    Array.from({ length: REPETITIONS }, () => {
      const from = performance.now()
      work()
      return performance.now() - from
    }),
  )

const program = (cwd: string, [command, ...args]: readonly [string, ...string[]], code = 0): void => {
  const { status, stderr } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  if (status !== code) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr.toString()}`)
}

/** What the work of a program takes, without its start. */
const netOf = (cwd: string, command: readonly [string, ...string[]], code = 0): number => {
  const start = timeOf(() => program(cwd, [command[0], '--version']))
  return Math.max(0.01, timeOf(() => program(cwd, command, code)) - start)
}

const rows: readonly Row[] = [
  { key: 'apply', metric: 'apply a patch', name: 'git apply' },
  { key: 'invert', metric: 'take it back', name: 'git apply --reverse' },
  { key: 'diff', metric: 'show it as a diff', name: 'diff -ru' },
  { key: 'named', metric: "with git's names of the contents", name: 'git diff --no-index' },
].map((row) => ({ ...row, case: `${FILES} files, ${LINES} lines`, unit: 'ms', target: { atMost: 1 } }))

const open = () => {
  const home = mkdtempSync(path.join(tmpdir(), 'iama-bench-patch-'))
  const at = (name: string): string => path.join(home, name)
  const texts = new Map(Array.from({ length: FILES }, (_, file) => [`file${file}.js`, textOf(file)]))
  const before: Tree = new Map(
    [...texts].map(([name, text]) => [name, { content: Buffer.from(text), executable: false }]),
  )
  const patch = patchOf(texts)
  const after = applyPatch(before, patch)
  writeTree(at('before'), before)
  writeTree(at('after'), after)
  writeFileSync(at('patch.json'), formatPatch(patch))
  writeFileSync(at('patch.diff'), unifiedDiff(before, after))
  const isTree = (dir: string, tree: Tree): void => {
    for (const [name, { content }] of readTree(dir)) {
      if (Buffer.compare(content, tree.get(name)!.content) !== 0) throw new Error(`${name} is not as it should be`)
    }
  }
  const readPatch = (): Patch => parsePatch(JSON.parse(readFileSync(at('patch.json'), 'utf8')))

  const ours = (): Figures => {
    const apply = timeOf(() => writeTree(at('ours'), applyPatch(readTree(at('before')), readPatch())))
    isTree(at('ours'), after)
    const invert = timeOf(() => {
      const inverse = invertPatch(readTree(at('before')), readPatch())
      writeTree(at('back'), applyPatch(readTree(at('after')), inverse))
    })
    isTree(at('back'), before)
    const shown = (style: DiffStyle): number =>
      timeOf(() => writeFileSync(at('ours.diff'), unifiedDiff(readTree(at('before')), readTree(at('after')), style)))
    return { apply, invert, diff: shown({ blobNames: false }), named: shown({}) }
  }

  const other = (): Figures => {
    const inTurns = { apply: [] as number[], invert: [] as number[] }
    writeTree(at('theirs'), before)
    for (let n = 0; n < REPETITIONS; n += 1) {
      const start = timeOf(() => program(at('theirs'), ['git', '--version']))
      const once = (args: readonly string[]): number => {
        const from = performance.now()
        program(at('theirs'), ['git', 'apply', ...args, at('patch.diff')])
        return Math.max(0.01, performance.now() - from - start)
      }
      inTurns.apply.push(once([]))
      isTree(at('theirs'), after)
      inTurns.invert.push(once(['--reverse']))
      isTree(at('theirs'), before)
    }
    return {
      apply: median(inTurns.apply),
      invert: median(inTurns.invert),
      diff: netOf(home, ['diff', '-ru', 'before', 'after'], 1),
      named: netOf(home, ['git', 'diff', '--no-index', 'before', 'after'], 1),
    }
  }
  return { ours: async () => ours(), other: async () => other(), close: async () => rmSync(home, { recursive: true }) }
}

/** Our patches, from files to files, against the programs that everybody has; their start is not counted. */
export const patch: Suite = {
  name: 'patch',
  summary: [
    `${FILES} files of ${LINES} lines with ${(FILES * LINES) / EVERY} changed lines: read, changed and written, against`,
    'git apply and diff, whose start as a process is taken off their time',
  ].join('\n'),
  rounds: 7,
  rows,
  open: async () => open(),
}
