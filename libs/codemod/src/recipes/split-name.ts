import path from 'node:path'

import { pathProblem } from '@iama/patch'

import { asCompared } from '../analysis/file-names.ts'
import { classifyRole } from '../analysis/file-role.ts'
import type { FileContext } from '../engine/file-context.ts'
import type { Group } from './split-groups.ts'

const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())

/** Words that say nothing of what a function is about. */
const little = new Set(
  'get set is has to make the of for from with and or in on at by as do can should into create new not all any'.split(
    ' ',
  ),
)

type Style = (words: readonly string[]) => string

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
const styles: readonly (readonly [pattern: RegExp, style: Style])[] = [
  [/^[a-z0-9]+(-[a-z0-9]+)+$/, (words) => words.join('-')],
  [/^[a-z0-9]+(_[a-z0-9]+)+$/, (words) => words.join('_')],
  [/^[a-z][a-z0-9]*([A-Z][A-Za-z0-9]*)+$/, ([first = '', ...others]) => first + others.map(capital).join('')],
  [/^[A-Z][a-z0-9]+([A-Z][A-Za-z0-9]*)*$/, (words) => words.map(capital).join('')],
]

const stemOf = (file: string): string => path.posix.basename(file).replace(/\..*$/, '')

const styleIn = (paths: readonly string[]): Style | undefined => {
  const counts = styles.map(([pattern]) => paths.filter((each) => pattern.test(stemOf(each))).length)
  const most = Math.max(...counts)
  return most === 0 ? undefined : styles[counts.indexOf(most)]![1]
}

/** As the files beside it are named, else as those of the project; `kebab-case` where no name has two words. */
const styleFor = ({ unit, project }: FileContext): Style => {
  const sources = project.units.filter(({ role }) => role === 'source').map((each) => each.path)
  const beside = sources.filter((each) => path.posix.dirname(each) === path.posix.dirname(unit.path))
  return styleIn(beside) ?? styleIn(sources) ?? styles[0]![1]
}

/** The words of the name for what a group holds: its only way in, the word that its functions share, or its longest. */
const subjectOf = ({ parts, wanted }: Group): string[] => {
  const functions = parts.filter(({ kind }) => kind === 'function')
  const ways = functions.filter((part) => part.isExported || wanted.includes(part))
  if (ways.length === 1) return wordsOf(ways[0]!.name)
  const counts = new Map<string, number>()
  for (const { name } of functions)
    for (const word of new Set(wordsOf(name)))
      if (word.length > 2 && !little.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1)
  const [shared] = [...counts].sort(([, one], [, other]) => other - one)
  if (shared && shared[1] > 1 && shared[1] * 2 > functions.length) return [shared[0]]
  const longest = [...(ways.length > 0 ? ways : functions)].sort((one, other) => other.code - one.code)[0]!
  return wordsOf(longest.name)
}

/** Names without their endings of all that stands in a folder: files and folders, as the most forgiving file system has it. */
const takenIn = (folder: string, { project }: FileContext): ReadonlySet<string> => {
  const prefix = folder === '.' ? '' : asCompared(`${folder}/`)
  const taken = new Set<string>()
  for (const each of project.tree.keys()) {
    const name = asCompared(each)
    if (name.startsWith(prefix))
      taken.add(
        name
          .slice(prefix.length)
          .split('/')[0]!
          .replace(/(?<=.)\..*$/, ''),
      )
  }
  return taken
}

const reserved = /^(index|con|prn|aux|nul|com\d|lpt\d)$/i

/**
 * A free path for a group beside its file. No file or folder there has the name, in whatever case or with whatever
 * ending, for an import without an ending could mean either. Undefined where nothing fits.
 */
export const newPathFor = (group: Group, file: FileContext): string | undefined => {
  const { path: old } = file.unit
  const folder = path.posix.dirname(old)
  const ending = path.posix.basename(old).slice(stemOf(old).length)
  const style = styleFor(file)
  const taken = takenIn(folder, file)
  const subject = subjectOf(group)
  const own = wordsOf(stemOf(old))
  return [subject, [...own, ...subject], [...subject, 'functions'], [...own, ...subject, 'functions']]
    .map((words) => style(words))
    .filter((name) => /^[A-Za-z]/.test(name) && !reserved.test(name) && !taken.has(asCompared(name)))
    .map((name) => path.posix.join(folder, name + ending))
    .find((each) => pathProblem(each) === undefined && classifyRole(each, '') === 'source')
}
