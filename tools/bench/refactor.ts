import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { say, StepFailed } from '../bootstrap/progress.mjs'
import { root } from '../workspace.ts'
import { figuresOf, lineOf, rowsOf, tablesOf } from './refactor/figures.ts'
import { subjects, type Subject } from './refactor/packages.ts'
import { installTools, prepare } from './refactor/prepare.ts'
import { runTool, type Cell } from './refactor/run-tool.ts'
import { ours, peers, type Tool } from './refactor/tools.ts'
import type { Suite } from './suite.ts'

const [eslint] = peers as [Tool]
const details = path.join(root, 'dist/bench/refactor-details')

/** What is known so far, kept after every package: a long run that is ended early has said something. */
const keep = async (cells: readonly Cell[], others: readonly Tool[]): Promise<void> => {
  await mkdir(path.dirname(details), { recursive: true })
  await writeFile(`${details}.json`, `${JSON.stringify(cells, null, 2)}\n`)
  const names = [ours, ...others].map(({ name }) => name)
  await writeFile(`${details}.md`, `${tablesOf(names, cells)}\n`)
}

const compare = async (chosen: readonly Subject[], others: readonly Tool[]): Promise<Cell[]> => {
  const tools = await installTools()
  const folder = await mkdtemp(path.join(tmpdir(), 'iama-bench-refactor-'))
  const cells: Cell[] = []
  try {
    for (const subject of chosen) {
      const prepared = await prepare(subject, path.join(folder, subject.name.replace('/', '-')))
      say(`${subject.name}: ${prepared.lines} lines, ${prepared.sessions.sessions.length} sessions`)
      for (const tool of [ours, ...others]) {
        const cell = await runTool(tool, tools, prepared)
        cells.push(cell)
        say(lineOf(cell))
        for (const failure of [...cell.crashes, ...cell.skips]) say(`  ${failure}`)
        if (tool === ours) for (const line of cell.red) say(`  ${line}`)
      }
      await keep(cells, others)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return cells
}

const named = <T extends { readonly name: string }>(from: readonly T[], names: readonly string[]): readonly T[] =>
  from.filter(({ name }) => names.includes(name))

const suiteOf = (chosen: readonly Subject[], others: readonly Tool[]): Suite => {
  const rows = rowsOf(
    chosen.map(({ name }) => name),
    others.map(({ name }) => name),
    others.includes(eslint) ? eslint.name : undefined,
  )
  return {
    name: 'refactor',
    summary: `${chosen.length} packages from the npm registry, refactored by IAMA and by ${others.length} others, each hunk put to the gates`,
    // the same bytes every time: a second round would say the same
    rounds: 1,
    rows,
    open: async () => {
      const cells = await compare(chosen, others)
      return {
        ours: async () => figuresOf(rows, cells, ours.name),
        other: async () => figuresOf(rows, cells),
        close: async () => say(`each package and tool: ${path.relative(root, details)}.md and .json`),
      }
    },
    narrow: (names) => {
      const [packages, tools] = [named(subjects, names), named(peers, names)]
      const unknown = names.filter((each) => ![...packages, ...tools].some(({ name }) => name === each))
      if (unknown.length > 0)
        throw new StepFailed(`the suite has no package and no tool ${unknown.join(', ')}`, {
          hint: `--only ${[...subjects, ...peers].map(({ name }) => name).join(',')}`,
        })
      return suiteOf(packages.length > 0 ? packages : subjects, tools.length > 0 ? tools : peers)
    },
  }
}

/** What the offline engine and other tools make of real packages, at the same raised floor, judged by the same gates. */
export const refactor: Suite = suiteOf(subjects, peers)
