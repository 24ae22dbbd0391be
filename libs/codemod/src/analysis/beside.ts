import path from 'node:path'

import createIgnore from 'ignore'
import picomatch from 'picomatch'
import ts from 'typescript'

import type { Tree } from '@iama/patch'

import { decodeSource } from '../text.ts'
import { isObject, readJsonObject, type Json } from './package-facts.ts'

const textAt = (tree: Tree, file: string): string => {
  const found = tree.get(file)
  return (found && decodeSource(found.content)?.text) ?? ''
}

/** The folders above a path, the nearest first, `.` last. */
const foldersAbove = (file: string): string[] => {
  const found: string[] = []
  for (let at = path.posix.dirname(file); ; at = path.posix.dirname(at)) {
    found.push(at)
    if (at === '.') return found
  }
}

/** The file of a name in the nearest folder above a path that has one. */
export const nearest = (tree: Tree, from: string, name: string): string | undefined =>
  foldersAbove(from)
    .map((folder) => path.posix.join(folder, name))
    .find((each) => tree.has(each))

const texts = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []

/** The last .gitignore rule that says something of a path decides, as git and npm have it. */
const isIgnored = (tree: Tree, name: string, file: string): boolean =>
  foldersAbove(file)
    .reverse()
    .reduce((ignored, folder) => {
      const rules = textAt(tree, path.posix.join(folder, name))
      if (rules === '') return ignored
      const verdict = createIgnore().add(rules).test(path.posix.relative(folder, file))
      return verdict.ignored || (ignored && !verdict.unignored)
    }, false)

/** Whether `files` of a package.json takes a path in: a pattern names it or a folder above it, and the last one decides. */
const isListed = (patterns: readonly string[], file: string): boolean =>
  patterns.reduce((listed, each) => {
    const isTakenOut = each.startsWith('!')
    const pattern = each
      .replace(/^!/, '')
      .replace(/^\.?\/+/, '')
      .replace(/\/+$/, '')
    // a pattern without a slash is taken at any depth by some versions of npm, and at the top only by others
    const wanted = pattern === '' || pattern === '.' ? ['**'] : [pattern, `${pattern}/**`]
    const isMatch = picomatch(pattern.includes('/') ? wanted : [...wanted, ...wanted.map((one) => `**/${one}`)], {
      dot: true,
    })
    return isMatch(file) ? !isTakenOut : listed
  }, false)

/** What npm publishes whatever `files` says. */
const alwaysPublished = (manifest: { readonly [key: string]: Json | undefined }): string[] => {
  const { main, bin } = manifest
  const programs = isObject(bin) ? Object.values(bin) : [bin]
  return [main ?? 'index.js', ...programs]
    .filter((each): each is string => typeof each === 'string')
    .map((each) => path.posix.normalize(each))
}

const publishingProblem = (tree: Tree, old: string, made: string): string | undefined => {
  const manifest = nearest(tree, old, 'package.json')
  const json = manifest === undefined ? undefined : readJsonObject(tree, manifest)
  if (manifest === undefined || json?.files === undefined) return undefined
  const patterns = texts(json.files)
  const below = (file: string): string => path.posix.relative(path.posix.dirname(manifest), file)
  const stem = below(old).replace(/\.[^./]+$/, '')
  const isPublished =
    isListed(patterns, below(old)) || alwaysPublished(json).some((each) => each === below(old) || each === stem)
  return isPublished && !isListed(patterns, below(made))
    ? `${manifest} publishes ${old} by its name: ${made} would be missing from the package`
    : undefined
}

const configProblem = (tree: Tree, old: string, made: string): string | undefined => {
  for (const config of tree.keys()) {
    if (!/(^|\/)[tj]sconfig[^/]*\.json$/.test(config) || config.includes('node_modules/')) continue
    const parsed: unknown = ts.parseConfigFileTextToJson(config, textAt(tree, config)).config
    if (!isObject(parsed)) continue
    const isNamed = (each: string): boolean => path.posix.join(path.posix.dirname(config), each) === old
    if ([...texts(parsed.files), ...texts(parsed.include)].some(isNamed))
      return `${config} names ${old}: ${made} would have to be added there`
  }
  return undefined
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Scripts and settings of tools that could take a file by its name and leave another beside it. */
const isBuildFile = (file: string): boolean =>
  /(^|\/)(Makefile|[Gg]runtfile\.[cm]?[jt]s|[Gg]ulpfile\.[cm]?[jt]s|[^/]*\.(config|conf)\.[cm]?[jt]s|[^/]*\.(mk|sh)|build\.[cm]?[jt]s)$/.test(
    file,
  ) || /(^|\/)(scripts|tools|build)\/[^/]+\.[cm]?[jt]s$/.test(file)

const buildProblem = (tree: Tree, old: string): string | undefined => {
  const manifest = nearest(tree, old, 'package.json')
  const folder = manifest === undefined ? '.' : path.posix.dirname(manifest)
  const named = new RegExp(`(?<![\\w-])${escaped(path.posix.relative(folder, old))}(?![\\w-])`)
  const scripts = manifest === undefined ? undefined : readJsonObject(tree, manifest)?.scripts
  if (isObject(scripts)) {
    const script = Object.entries(scripts).find(([, command]) => typeof command === 'string' && named.test(command))
    if (script) return `the script ${script[0]} of ${manifest} names ${old}: it may leave a file beside it out`
  }
  const file = [...tree.keys()].find(
    (each) => each !== old && !/(^|\/)node_modules\//.test(each) && isBuildFile(each) && named.test(textAt(tree, each)),
  )
  return file && `${file} names ${old}: it may leave a file beside it out`
}

/**
 * Why a new file beside another would not go where that one goes: into the repository, the published package, the
 * program of the compiler, what a build makes. Undefined where every rule treats both alike.
 */
export const besideProblem = (tree: Tree, old: string, made: string): string | undefined => {
  for (const name of ['.gitignore', '.npmignore'])
    if (isIgnored(tree, name, made) && !isIgnored(tree, name, old)) return `${name} leaves ${made} out`
  return publishingProblem(tree, old, made) ?? configProblem(tree, old, made) ?? buildProblem(tree, old)
}
