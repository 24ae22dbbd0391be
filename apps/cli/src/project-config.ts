import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { parseDocument } from 'yaml'
import { z } from 'zod'

import { usageError } from './errors.ts'
import { suggestion } from './nearest.ts'
import { parseUsd } from './view/money.ts'

export const CONFIG_FILE = '.iama.yaml'

/** What a refactoring is asked for; each field as a flag or in `.iama.yaml`. */
export interface RefactorOptions {
  /** `modernize`, `simplify`, `extract`, `auto`, `rename <symbol> <new name>`, or for models words of one's own. */
  readonly goal: string
  /** The version that the language floor may be raised to, for example `node20`; empty keeps the floor. */
  readonly target: string
  /** Globs of the files to refactor; empty means every source file. */
  readonly include: readonly string[]
  /** Globs of files that are not even uploaded. */
  readonly exclude: readonly string[]
  readonly recipes: readonly string[]
  readonly skip: readonly string[]
  /** What edits of the offline engine may rest on: `proven`, or `verified` by recorded sessions as well. */
  readonly evidence: string
  /** The command that runs the project's tests; empty takes the one in package.json. */
  readonly test: string
  /** `model`, `codemod`, or empty for models where one serves the tier. */
  readonly engine: string
  /** The most that models may cost, in US dollars; empty for no limit of the job's own. */
  readonly budget: string
}

const engines = ['model', 'codemod']
const evidences = ['proven', 'verified']

/** What the offline engine serves. */
const goals = [
  'auto',
  'modernize',
  'simplify',
  'dedupe',
  'extract',
  'inline',
  'move',
  'split',
  'structure',
  'type',
  'cycle',
  'safety',
  'modules',
  'rename',
  'parameters',
]

const words = z.union([z.string(), z.array(z.string())]).transform((value) => (Array.isArray(value) ? value : [value]))
const shape = {
  goal: z.string(),
  target: z.string(),
  include: words,
  exclude: words,
  recipes: words,
  skip: words,
  evidence: z.string(),
  test: z.string(),
  engine: z.string(),
  budget: z.union([z.string(), z.number().transform(String)]),
}
const known = Object.keys(shape)

/** Whether a goal is said in words of one's own, which only a model understands. */
export const isInWords = (goal: string): boolean => {
  const [verb = '', ...rest] = goal.trim().split(/\s+/)
  const names = verb === 'rename' ? 2 : verb === 'parameters' ? 1 : 0
  return rest.length > names
}

const checkGoal = (goal: string, where: string): void => {
  if (isInWords(goal)) return
  const [verb = '', ...rest] = goal.trim().split(/\s+/)
  if (!goals.includes(verb)) {
    throw usageError(
      `${where}: unknown goal ${JSON.stringify(verb)}${suggestion(verb, goals)}`,
      'A model also takes a goal in words of your own, two at least.',
    )
  }
  if (verb === 'rename' && rest.length !== 2) {
    throw usageError(`${where}: rename needs two names`, 'Write for example --goal "rename oldName newName".')
  }
  if (verb === 'parameters' && rest.length !== 1) {
    throw usageError(`${where}: parameters needs the name of a function`, 'Write for example --goal "parameters draw".')
  }
}

const checkTarget = (target: string, where: string): void => {
  if (target === '' || /^node\d{1,2}$/.test(target)) return
  throw usageError(`${where}: ${JSON.stringify(target)} is no target`, 'Write node and a version, for example node20.')
}

const checkEngine = (engine: string, where: string): void => {
  if (engine === '' || engines.includes(engine)) return
  throw usageError(`${where}: unknown engine ${JSON.stringify(engine)}${suggestion(engine, engines)}`)
}

const checkEvidence = (evidence: string, where: string): void => {
  if (evidences.includes(evidence)) return
  throw usageError(`${where}: unknown evidence ${JSON.stringify(evidence)}${suggestion(evidence, evidences)}`)
}

const checkBudget = (budget: string, where: string): void => {
  if (budget === '' || parseUsd(budget) !== undefined) return
  throw usageError(
    `${where}: ${JSON.stringify(budget)} is no budget`,
    'Write US dollars above nothing, for example 0.50.',
  )
}

/** Refuses what no engine could understand, naming where it stands. */
const checked = (options: Partial<RefactorOptions>, where: string): Partial<RefactorOptions> => {
  if (options.goal !== undefined) checkGoal(options.goal, where)
  if (options.target !== undefined) checkTarget(options.target, where)
  if (options.engine !== undefined) checkEngine(options.engine, where)
  if (options.evidence !== undefined) checkEvidence(options.evidence, where)
  if (options.budget !== undefined) checkBudget(options.budget, where)
  return options
}

/**
 * The settings of a `.iama.yaml`.
 * @throws CliError (usage) with line numbers for broken YAML, and with the nearest known key for an unknown one
 */
export const parseProjectConfig = (text: string): Partial<RefactorOptions> => {
  const document = parseDocument(text, { prettyErrors: true })
  const broken = document.errors[0]
  if (broken) throw usageError(`${CONFIG_FILE}: ${broken.message}`)
  const value: unknown = document.toJS({ maxAliasCount: 10 })
  if (value === null || value === undefined) return {}
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw usageError(`${CONFIG_FILE}: must be a list of settings such as "goal: modernize"`)
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown !== undefined) {
    throw usageError(`${CONFIG_FILE}: unknown key ${JSON.stringify(unknown)}${suggestion(unknown, known)}`)
  }
  const parsed = z.strictObject(shape).partial().safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw usageError(`${CONFIG_FILE}: ${issue.path.join('.')}: ${issue.message}`)
  }
  return checked(parsed.data as Partial<RefactorOptions>, CONFIG_FILE)
}

/** The settings in a folder; none when it has no such file. */
export const readProjectConfig = async (dir: string): Promise<Partial<RefactorOptions>> => {
  try {
    return parseProjectConfig(await readFile(path.join(dir, CONFIG_FILE), 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** Flags win over the file, and the file over what is usual. */
export const mergeOptions = (file: Partial<RefactorOptions>, flags: Partial<RefactorOptions>): RefactorOptions => {
  const merged = { ...usual, ...file, ...checked(flags, 'flags') }
  if (merged.engine === 'codemod' && isInWords(merged.goal)) {
    throw usageError(
      `the offline engine does not understand the goal ${JSON.stringify(merged.goal)}`,
      `It knows ${goals.join(', ')}; leave --engine codemod out to let a model work.`,
    )
  }
  return merged
}

const usual: RefactorOptions = {
  goal: 'modernize',
  target: '',
  include: [],
  exclude: [],
  recipes: [],
  skip: [],
  evidence: 'proven',
  test: '',
  engine: '',
  budget: '',
}
