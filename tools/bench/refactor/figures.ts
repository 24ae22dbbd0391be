import type { Figures, Row } from '../suite.ts'
import type { Cell } from './run-tool.ts'

const sum = (cells: readonly Cell[], measure: (cell: Cell) => number): number =>
  cells.reduce((total, cell) => total + measure(cell), 0)

const failures = ['broken', 'differences', 'surface'] as const
const falls = ['surviving', 'cognitive', 'duplicated'] as const

const fallNames = {
  surviving: 'hunks that survive',
  cognitive: 'fall in cognitive complexity',
  duplicated: 'fall in repeated lines',
} as const
const failureNames = { broken: 'broken tests', differences: 'differences', surface: 'changes of the surface' } as const

/** The key of a figure: the same on both sides, with the peer that it is compared with. */
const keyOf = (what: string, place: string, peer: string): string => `${what}, ${place}, ${peer}`

/** What is compared: survivors on each package with `against` (if it takes part), sums with every peer. */
export const rowsOf = (packages: readonly string[], peers: readonly string[], against?: string): Row[] => [
  ...(against === undefined ? [] : packages).map((name): Row => ({
    key: keyOf('surviving', name, against!),
    case: name,
    metric: fallNames.surviving,
    unit: '',
    name: against!,
    target: { atLeast: 1 },
  })),
  ...peers.flatMap((peer) =>
    falls.map((what): Row => ({
      key: keyOf(what, 'all', peer),
      case: 'all packages',
      metric: fallNames[what],
      unit: '',
      name: peer,
      target: what === 'surviving' ? { moreThan: 1 } : { atLeast: 1 },
    })),
  ),
  ...peers.flatMap((peer) =>
    failures.map((what): Row => ({
      key: keyOf(what, 'all', peer),
      case: 'all packages',
      metric: failureNames[what],
      unit: '',
      name: peer,
      ...(what === 'surface' ? {} : { limit: { below: 1 } }),
    })),
  ),
]

/**
 * One side's figures for these rows: those of `tool`, or of each row's peer when there is none. What rises with a peer
 * has not fallen at all.
 */
export const figuresOf = (rows: readonly Row[], cells: readonly Cell[], tool?: string): Figures =>
  Object.fromEntries(
    rows.map((row) => {
      const mine = cells.filter((cell) => cell.tool === (tool ?? row.name))
      const here = row.case === 'all packages' ? mine : mine.filter((cell) => cell.package === row.case)
      const what = [...falls, ...failures].find((each) => row.key.startsWith(`${each},`))!
      const figure = sum(here, (cell) => cell[what])
      return [row.key, tool === undefined ? Math.max(0, figure) : figure]
    }),
  )

/** A line for people: what one tool made of one package. */
export const lineOf = (cell: Cell): string =>
  [
    `${cell.package}, ${cell.tool}: ${cell.exact ? '' : 'at least '}${cell.surviving} of ${cell.hunks} hunks survive`,
    `${cell.broken} broken, ${cell.differences} differ, ${cell.surface} surface`,
    `${cell.crashes.length} crashes, ${cell.skips.length} skips, ${cell.churn} churn`,
    `complexity ${0 - cell.cognitive}, repeated lines ${0 - cell.duplicated}`,
    `${cell.seconds.toFixed(1)} s, ${cell.peakMiB.toFixed(0)} MiB`,
  ].join('; ')

const columns: readonly (readonly [string, (cells: readonly Cell[]) => string])[] = [
  ['hunks', (cells) => String(sum(cells, ({ hunks }) => hunks))],
  ['survive', (cells) => `${cells.every(({ exact }) => exact) ? '' : '>= '}${sum(cells, (each) => each.surviving)}`],
  ['broken tests', (cells) => String(sum(cells, ({ broken }) => broken))],
  ['differences', (cells) => String(sum(cells, ({ differences }) => differences))],
  ['surface', (cells) => String(sum(cells, ({ surface }) => surface))],
  ['crashes', (cells) => String(sum(cells, ({ crashes }) => crashes.length))],
  ['skips', (cells) => String(sum(cells, ({ skips }) => skips.length))],
  ['churn', (cells) => String(sum(cells, ({ churn }) => churn))],
  ['complexity', (cells) => String(0 - sum(cells, ({ cognitive }) => cognitive))],
  ['repeated lines', (cells) => String(0 - sum(cells, ({ duplicated }) => duplicated))],
  ['time', (cells) => `${sum(cells, ({ seconds }) => seconds).toFixed(1)} s`],
  ['peak memory', (cells) => `${Math.max(...cells.map(({ peakMiB }) => peakMiB)).toFixed(0)} MiB`],
]

const markdown = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

/** Two tables in Markdown: every column by tool, and the survivors by package. */
export const tablesOf = (tools: readonly string[], cells: readonly Cell[]): string => {
  const of = (tool: string): Cell[] => cells.filter((cell) => cell.tool === tool)
  const byTool = tools.map((tool) => [tool, ...columns.map(([, text]) => text(of(tool)))])
  const packages = [...new Set(cells.map((cell) => cell.package))]
  const byPackage = packages.map((name) => [
    name,
    ...tools.map((tool) => {
      const { surviving, hunks, exact } = of(tool).find((cell) => cell.package === name)!
      return `${exact ? '' : '>= '}${surviving} of ${hunks}`
    }),
  ])
  return [
    markdown(['tool', ...columns.map(([title]) => title)], byTool),
    markdown(['package', ...tools], byPackage),
  ].join('\n\n')
}
