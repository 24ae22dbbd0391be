import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os'
import path from 'node:path'
import { parse } from '../arguments.ts'
import { StepFailed, say, step } from '../bootstrap/progress.mjs'
import { ensureGenerated } from '../generate.ts'
import { root } from '../workspace.ts'
import { resultsOf, type Figures, type ResultRow, type Suite } from './suite.ts'

/** Loaded when asked for: a suite brings its own peers. */
const suites: Readonly<Record<string, () => Promise<Suite>>> = {
  rpc: async () => (await import('./rpc.ts')).rpc,
  outbox: async () => (await import('./outbox.ts')).outbox,
  router: async () => (await import('./router.ts')).router,
  patch: async () => (await import('./patch.ts')).patch,
  mutants: async () => (await import('./mutants.ts')).mutants,
  job: async () => (await import('./job.ts')).job,
  refactor: async () => (await import('./refactor.ts')).refactor,
  graph: async () => (await import('./graph.ts')).graph,
}

const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 1024 ** 3),
  system: `${platform()} ${release()}`,
  node: process.version,
})

const measure = async (suite: Suite, rounds: number): Promise<ResultRow[]> => {
  const side = await step(`${suite.name}: bringing up both sides`, () => suite.open())
  const ours: Figures[] = []
  const other: Figures[] = []
  try {
    await step(`${suite.name}: warming up`, async () => [await side.ours(), await side.other()])
    await step(`${suite.name}: ${rounds} rounds, in turns`, async (note) => {
      for (let round = 0; round < rounds; round += 1) {
        note(`round ${round + 1} of ${rounds}`)
        // Whoever comes second finds a warmer machine: change places.
        if (round % 2 === 0) ours.push(await side.ours())
        other.push(await side.other())
        if (round % 2 === 1) ours.push(await side.ours())
      }
    })
  } finally {
    await side.close()
  }
  return resultsOf(suite.rows, ours, other)
}

const figure = (value: number): string =>
  value >= 1_000 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toPrecision(3)

const table = (rows: readonly ResultRow[]): string => {
  const cells = rows.map((row) => [
    row.case,
    row.metric,
    `${figure(row.ours)} ${row.unit}`,
    `${figure(row.other)} ${row.unit}`,
    row.name,
    `${row.ratio.toFixed(2)}x`,
    row.target ?? '',
    row.met === null ? '' : row.met ? 'met' : 'MISSED',
  ])
  const head = ['case', 'metric', 'ours', 'other', 'against', 'ratio', 'target', '']
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]!.length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd()
  return [head, widths.map((width) => '-'.repeat(width)), ...cells].map(line).join('\n')
}

const narrowed = (suite: Suite, only: string | undefined): Suite => {
  if (only === undefined) return suite
  if (suite.narrow === undefined) throw new StepFailed(`the suite ${suite.name} is run as a whole`)
  return suite.narrow(only.split(','))
}

export const run = async (args: readonly string[]): Promise<number> => {
  const { values, words } = parse(args, { rounds: { type: 'string' }, only: { type: 'string' } })
  const [name = '', ...more] = words
  const load = suites[name]
  if (load === undefined || more.length > 0) {
    throw new StepFailed(`no suite "${words.join(' ')}"`, {
      hint: `npm run bench -- ${Object.keys(suites).join(' | ')} [--rounds N] [--only NAME,NAME]`,
    })
  }
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
    throw new StepFailed(`--rounds "${values.rounds}" is not a number of rounds`, { hint: '--rounds 5' })
  }
  await ensureGenerated()
  const suite = narrowed(await load(), values.only)
  say(suite.summary)
  const rows = await measure(suite, rounds ?? suite.rounds)
  const file = path.join(root, 'dist/bench', `${suite.name}.json`)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(
    file,
    `${JSON.stringify({ suite: suite.name, machine: machine(), rounds: rounds ?? suite.rounds, rows }, null, 2)}\n`,
  )
  process.stdout.write(`${table(rows)}\n`)
  const missed = rows.filter(({ met }) => met === false)
  say(`${path.relative(root, file)}: ${missed.length === 0 ? 'every target met' : `${missed.length} targets missed`}`)
  return missed.length === 0 ? 0 : 1
}
