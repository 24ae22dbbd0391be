import { classifyRole, folderOf, isSourcePath } from '@iama/codemod'

import type { Focus } from './focus.ts'
import type { ImportLinks } from './import-links.ts'
import type { Nearness } from './nearness.ts'

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
  /** Of a focus; absent without one. */
  readonly near?: Nearness | undefined
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

/** Neighbours of some files along one kind of link, the nearest by code first, then those that most of them share. */
const neighbours = (
  of: readonly string[],
  links: (path: string) => readonly string[],
  near: Nearness | undefined,
  reason: (files: readonly string[]) => string,
): Candidate[] => {
  const rankOf = (path: string): number => near?.rankOf(path) ?? 0
  const found = new Map<string, string[]>()
  for (const path of of) {
    for (const other of links(path)) {
      const known = found.get(other)
      if (known === undefined) found.set(other, [path])
      else known.push(path)
    }
  }
  return [...found]
    .sort(
      (one, other) => rankOf(other[0]) - rankOf(one[0]) || other[1].length - one[1].length || byPath(one[0], other[0]),
    )
    .map(([path, files]) => ({ path, reason: reason(files) }))
}

/** In some projects every test reaches everything. */
const MOST_REACHING = 10

const testsOf = (targets: readonly string[], { texts, links, near }: Ground): Candidate[] => {
  const stems = new Map(targets.map((path) => [stemOf(path), path]))
  const linked = neighbours(targets, links.importersOf, near, (files) => `is a test of ${names(files)}`)
  const named = [...texts.keys()].sort(byPath).flatMap((path): Candidate[] => {
    const target = stems.get(stemOf(path))
    return target === undefined || target === path ? [] : [{ path, reason: `is a test of ${target} by its name` }]
  })
  const reaching = (near?.tests ?? []).slice(0, MOST_REACHING).map((path) => {
    return { path, reason: `is a test that reaches ${names(targets)} through other files` }
  })
  return [...linked, ...named, ...reaching].filter(({ path }) => isTest(path))
}

const conventionsFor = (targets: readonly string[], { texts }: Ground): Candidate[] => {
  const folders = new Set<string>([''])
  for (const path of targets) for (let at = folderOf(path); at !== ''; at = folderOf(at)) folders.add(at)
  return [...texts.keys()]
    .filter((path) => conventionFile.test(path) && folders.has(folderOf(path)))
    .sort((one, other) => one.split('/').length - other.split('/').length || byPath(one, other))
    .map((path) => ({ path, reason: 'says how this project is written', excerpt: 'beginning' as const }))
}

/** How many folders two paths share, from the top. */
const shared = (one: string, other: string): number => {
  const parts = folderOf(other).split('/')
  const own = folderOf(one).split('/')
  const differs = own.findIndex((part, at) => part !== parts[at])
  return differs === -1 ? own.length : differs
}

const MAX_COMPARED = 20

/** By rank; what was too far to be ranked by steps along imports, then by shared folders. */
const restOfScope = (focus: readonly string[], { texts, near, inScope }: Ground): Candidate[] => {
  const compared = focus.slice(0, MAX_COMPARED)
  return [...texts.keys()]
    .filter(inScope)
    .map((path) => {
      const distance = near?.steps.get(path) ?? Infinity
      const folders = Math.max(0, ...compared.map((each) => shared(path, each)))
      return { path, rank: near?.rankOf(path) ?? 0, distance, folders }
    })
    .sort((a, b) => {
      if (a.rank !== b.rank) return b.rank - a.rank
      return a.distance === b.distance ? b.folders - a.folders || byPath(a.path, b.path) : a.distance - b.distance
    })
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
  const { links, near, inScope } = ground
  const paths = focus.map(({ path }) => path)
  const scoped =
    paths.length > 0 ? paths : [...ground.texts.keys()].filter((path) => inScope(path) && isSourcePath(path))
  const rules = conventions ? conventionsFor(scoped, ground) : []
  const definitions = neighbours(scoped, links.importsOf, near, (files) => `is imported by ${names(files)}`).map(
    (each) => {
      return { ...each, excerpt: 'outline' as const }
    },
  )
  const callers = neighbours(scoped, links.importersOf, near, (files) => `imports ${names(files)}`)
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
