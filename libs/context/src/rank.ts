import { classifyRole, folderOf, isSourcePath } from '@iama/codemod'

import type { Focus } from './focus.ts'
import type { ImportLinks } from './import-links.ts'

export interface Candidate {
  readonly path: string
  readonly reason: string
  /** Worth an excerpt when it does not fit as a whole. */
  readonly excerpt?: 'outline' | 'beginning'
}

interface Ground {
  /** Files that a model may see. */
  readonly texts: ReadonlyMap<string, string>
  readonly links: ImportLinks
  readonly inScope: (path: string) => boolean
}

const conventionFile =
  /(^|\/)(AGENTS\.md|CLAUDE\.md|CONTRIBUTING\.md|\.editorconfig|package\.json|tsconfig(\.base)?\.json|\.prettierrc(\.json)?|eslint\.config\.[cm]?[jt]s)$/i

const isTest = (path: string): boolean => isSourcePath(path) && classifyRole(path, '') === 'test'

/** `src/a/thing.spec.ts` and `test/thing.js` as `thing`. */
const stemOf = (path: string): string =>
  path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/\.[a-z]+$/, '')
    .replace(/[._-](test|tests|spec|e2e|int)(?=$|\.)/gi, '')
    .toLowerCase()

const names = (paths: readonly string[]): string =>
  paths.length > 2 ? `${paths[0]} and ${paths.length - 1} more` : paths.join(' and ')

const byPath = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** Neighbours of some files along one kind of link, those that most of them share first. */
const neighbours = (
  of: readonly string[],
  links: (path: string) => readonly string[],
  reason: (files: readonly string[]) => string,
): Candidate[] => {
  const found = new Map<string, string[]>()
  for (const path of of) {
    for (const other of links(path)) {
      const known = found.get(other)
      if (known === undefined) found.set(other, [path])
      else known.push(path)
    }
  }
  return [...found]
    .sort((one, other) => other[1].length - one[1].length || byPath(one[0], other[0]))
    .map(([path, files]) => ({ path, reason: reason(files) }))
}

const testsOf = (targets: readonly string[], { texts, links }: Ground): Candidate[] => {
  const stems = new Map(targets.map((path) => [stemOf(path), path]))
  const linked = neighbours(targets, links.importersOf, (files) => `is a test of ${names(files)}`)
  const named = [...texts.keys()].sort(byPath).flatMap((path): Candidate[] => {
    const target = stems.get(stemOf(path))
    return target === undefined || target === path ? [] : [{ path, reason: `is a test of ${target} by its name` }]
  })
  return [...linked, ...named].filter(({ path }) => isTest(path))
}

const conventionsFor = (targets: readonly string[], { texts }: Ground): Candidate[] => {
  const folders = new Set<string>([''])
  for (const path of targets) for (let at = folderOf(path); at !== ''; at = folderOf(at)) folders.add(at)
  return [...texts.keys()]
    .filter((path) => conventionFile.test(path) && folders.has(folderOf(path)))
    .sort((one, other) => one.split('/').length - other.split('/').length || byPath(one, other))
    .map((path) => ({ path, reason: 'says how this project is written', excerpt: 'beginning' as const }))
}

/** Steps along imports in either direction from the nearest of some files. */
const distances = (from: readonly string[], links: ImportLinks): Map<string, number> => {
  const steps = new Map(from.map((path) => [path, 0]))
  const queue = [...from]
  for (let at = 0; at < queue.length; at += 1) {
    const path = queue[at]!
    for (const next of [...links.importsOf(path), ...links.importersOf(path)]) {
      if (steps.has(next)) continue
      steps.set(next, steps.get(path)! + 1)
      queue.push(next)
    }
  }
  return steps
}

/** How many folders two paths share, from the top. */
const shared = (one: string, other: string): number => {
  const parts = folderOf(other).split('/')
  const own = folderOf(one).split('/')
  const differs = own.findIndex((part, at) => part !== parts[at])
  return differs === -1 ? own.length : differs
}

const MAX_COMPARED = 20

const restOfScope = (focus: readonly string[], { texts, links, inScope }: Ground): Candidate[] => {
  const steps = distances(focus, links)
  const near = focus.slice(0, MAX_COMPARED)
  return [...texts.keys()]
    .filter(inScope)
    .map((path) => {
      const distance = steps.get(path) ?? Infinity
      return { path, distance, folders: Math.max(0, ...near.map((each) => shared(path, each))) }
    })
    .sort((a, b) =>
      a.distance === b.distance ? b.folders - a.folders || byPath(a.path, b.path) : a.distance - b.distance,
    )
    .map(({ path, distance }) => {
      const how = distance === Infinity ? '' : `, ${distance} imports away from the focus`
      return { path, reason: `is in scope${how}` }
    })
}

/** Files of a scope that nothing in particular is asked about: what most others build on comes first. */
const scopeItself = ({ texts, links, inScope }: Ground): Candidate[] =>
  [...texts.keys()]
    .filter((path) => inScope(path) && !isTest(path) && !conventionFile.test(path))
    .map((path) => ({ path, users: links.importersOf(path).length, source: isSourcePath(path) ? 0 : 1 }))
    .sort((a, b) => a.source - b.source || b.users - a.users || byPath(a.path, b.path))
    .map(({ path, users }) => ({ path, reason: `is in scope, used by ${users} files`, excerpt: 'outline' as const }))

/** Every file that could help, the most relevant first; each once. */
export const rank = (focus: readonly Focus[], conventions: boolean, ground: Ground): Candidate[] => {
  const { links, inScope } = ground
  const paths = focus.map(({ path }) => path)
  const scoped =
    paths.length > 0 ? paths : [...ground.texts.keys()].filter((path) => inScope(path) && isSourcePath(path))
  const rules = conventions ? conventionsFor(scoped, ground) : []
  const definitions = neighbours(scoped, links.importsOf, (files) => `is imported by ${names(files)}`).map((each) => {
    return { ...each, excerpt: 'outline' as const }
  })
  const callers = neighbours(scoped, links.importersOf, (files) => `imports ${names(files)}`)
  const tests = testsOf(scoped, ground)
  const ordered =
    focus.length > 0
      ? [
          ...focus.map(({ path, reason }): Candidate => ({ path, reason, excerpt: 'outline' })),
          ...definitions,
          ...callers.filter(({ path }) => !isTest(path)),
          ...tests,
          ...rules,
          ...restOfScope(paths, ground),
        ]
      : [...rules, ...scopeItself(ground), ...tests, ...definitions, ...callers]
  const first = new Map<string, Candidate>()
  for (const each of ordered) if (!first.has(each.path)) first.set(each.path, each)
  return [...first.values()]
}
