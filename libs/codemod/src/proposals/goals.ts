import { parseParameters } from '../recipes/parameter-object.ts'
import { parseRename } from '../recipes/rename-symbol.ts'
import type { ProposalKind } from '../types.ts'

/** What a goal asks for, in words that the engine knows. */
export interface Goal {
  readonly verb: string
  /** The kinds of strategy that it asks for, best first; what it does not name follows. */
  readonly kinds: readonly ProposalKind[]
}

const goals: Readonly<Record<string, readonly ProposalKind[]>> = {
  auto: ['hot-spots', 'within-floor'],
  modernize: ['within-floor'],
  simplify: ['simplify', 'extract'],
  dedupe: ['dedupe', 'simplify'],
  extract: ['extract', 'simplify'],
  inline: ['inline', 'simplify'],
  move: ['move', 'inline'],
  split: ['split', 'extract'],
  structure: ['structure', 'names', 'extract'],
  type: ['types'],
  cycle: ['cycle'],
  safety: ['safety'],
  modules: ['modules'],
}

/** Other spellings of the same goals. */
const spellings: Readonly<Record<string, string>> = {
  modernise: 'modernize',
  types: 'type',
  cycles: 'cycle',
  duplicates: 'dedupe',
  harden: 'safety',
  esm: 'modules',
}

/** Goals that are understood and that no recipe serves as they are put, with what comes nearest. */
const unserved: Readonly<Record<string, string>> = {
  split: 'split takes no names: it splits each long file in scope; narrow the scope to a file to split only that one',
  move: 'move takes no names: it moves each function that only one other file uses to that file',
}

const spelled = (goal: string): string => {
  const [verb = ''] = goal.trim().split(/\s+/)
  return spellings[verb] ?? verb
}

/** Reads the goal of a request; undefined when it is in words that only a language model understands. */
export const goalOf = (text: string): Goal | undefined => {
  if (parseRename(text)) return { verb: 'rename', kinds: ['rename'] }
  if (parseParameters(text)) return { verb: 'parameters', kinds: ['parameters'] }
  const verb = spelled(text)
  const kinds = Object.hasOwn(goals, verb) ? goals[verb] : undefined
  return kinds && text.trim().split(/\s+/).length === 1 ? { verb, kinds } : undefined
}

/** Every goal as it may be written. */
export const goalNames: readonly string[] = [
  ...Object.keys(goals),
  'rename <symbol> <new name>',
  'parameters <function>',
]

/** Why the engine has no answer to a goal, with what it has. */
export const explainGoal = (text: string): string => {
  const verb = spelled(text)
  const known = `the offline engine knows the goals ${goalNames.join(', ')}`
  const reason = Object.hasOwn(unserved, verb) ? unserved[verb] : undefined
  if (reason) return `${reason}; ${known}`
  if (verb === 'rename') return `rename needs a name and a new name; ${known}`
  if (verb === 'parameters') return `parameters needs the name of one function; ${known}`
  return `${known}; a goal in other words needs a language model`
}
