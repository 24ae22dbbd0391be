import type { CostLine, GetJobCostResponse } from '@iama/contracts/iama/router/v1/model'

import { duration } from './format.ts'
import { modelName } from './models.ts'
import { money } from './money.ts'
import { oneLine, type Style } from './style.ts'
import { table, type Column } from './table.ts'

/** The same in every line, so that they can be compared. */
const DECIMALS = 4

const right = (title: string): Column => ({ title, align: 'right' })

const columns: readonly Column[] = [
  { title: 'PHASE' },
  right('ATTEMPT'),
  { title: 'MODEL' },
  right('CALLS'),
  right('IN'),
  right('CACHED'),
  right('OUT'),
  right('THOUGHT'),
  right('COST'),
  right('TIME'),
]

/** Phases that belong to an attempt, whose first is 0. */
const attempted = new Set(['refactor', 'repair'])

const row = (line: CostLine, currency: string): string[] => [
  oneLine(line.phase),
  attempted.has(line.phase) ? String(line.attempt) : '',
  modelName(line),
  String(line.calls),
  `${line.inputTokens}${line.estimated ? '*' : ''}`,
  String(line.cachedTokens),
  `${line.outputTokens}${line.estimated ? '*' : ''}`,
  String(line.reasoningTokens),
  money(line.costMicros, currency, DECIMALS),
  duration(Number(line.milliseconds)),
]

const total = ({ lines, costMicros, currency }: GetJobCostResponse): string[] => {
  const sum = (of: (line: CostLine) => bigint): string => String(lines.reduce((all, line) => all + of(line), 0n))
  return [
    'sum',
    '',
    '',
    String(lines.reduce((all, { calls }) => all + calls, 0)),
    sum(({ inputTokens }) => inputTokens),
    sum(({ cachedTokens }) => cachedTokens),
    sum(({ outputTokens }) => outputTokens),
    sum(({ reasoningTokens }) => reasoningTokens),
    money(costMicros, currency, DECIMALS),
    duration(Number(lines.reduce((all, { milliseconds }) => all + milliseconds, 0n))),
  ]
}

/** What is left of a budget, in words. */
export const budgetLine = (costMicros: bigint, budgetMicros: bigint, currency: string): string => {
  if (budgetMicros === 0n) return 'budget: none of its own; refactor --budget USD sets one'
  const left = budgetMicros - costMicros
  const rest = left > 0n ? `${money(left, currency)} left` : 'used up'
  return `budget: ${money(budgetMicros, currency)}, ${rest}`
}

/** A job's cost by phase, attempt and model, their sum, and the budget. */
export const costLines = (cost: GetJobCostResponse, budgetMicros: bigint, style: Style): string[] => {
  const { lines, costMicros, currency } = cost
  const budget = budgetLine(costMicros, budgetMicros, currency)
  if (lines.length === 0) return ['no model has worked on this job', budget]
  const rows = table(columns, [...lines.map((line) => row(line, currency)), total(cost)])
  return [
    ...rows.slice(0, -1),
    style.bold(rows.at(-1)!),
    ...(lines.some(({ estimated }) => estimated) ? [style.dim('* in part counted here, for a call broke off')] : []),
    budget,
  ]
}
