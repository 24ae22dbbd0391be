import { pathProblem, type Tree } from '@iama/patch'

import type { ReplyProblem } from './refusal.ts'

/** A path that can be used, or what is wrong with it. */
export type Resolved = { readonly path: string } | Pick<ReplyProblem, 'fault' | 'message' | 'fix'>

const parts = (path: string): string[] => path.split('/')

/** What a reply may name: the paths of the tree, read as models write them. */
export class Paths {
  private readonly tree: Tree
  private readonly scope: (path: string) => boolean
  private folded: Map<string, string> | undefined

  constructor(tree: Tree, scope: (path: string) => boolean) {
    this.tree = tree
    this.scope = scope
  }

  has(path: string): boolean {
    return this.tree.has(path)
  }

  /** The path of a file that is there. */
  existing(raw: string): Resolved {
    const path = this.clean(raw)
    if (typeof path !== 'string') return path
    if (!this.has(path))
      return { fault: 'path', message: `there is no file ${JSON.stringify(path)}`, fix: this.hint(path) }
    return this.inScope(path)
  }

  /** The path of a file that is not there yet; one that differs from another by letter case only is a mistake. */
  fresh(raw: string): Resolved {
    const path = this.clean(raw)
    if (typeof path !== 'string') return path
    if (this.has(path)) {
      return {
        fault: 'exists',
        message: `${path} exists already`,
        fix: 'change it by edit operations, or take another path',
      }
    }
    for (let at = path.length; at > 0; at = path.lastIndexOf('/', at - 1)) {
      const upper = path.slice(0, at)
      const other = this.caseless().get(upper.toLowerCase())
      if (other === undefined || other === upper) continue
      const message = `${JSON.stringify(upper)} differs from ${other} by letter case only`
      return { fault: 'path', message, fix: `write ${other}` }
    }
    return this.inScope(path)
  }

  /** The path of a whole file: of the tree, or new. A shortened or lengthened path of the tree is neither. */
  either(raw: string): Resolved {
    const path = this.clean(raw)
    if (typeof path !== 'string') return path
    if (this.has(path)) return this.inScope(path)
    const nearest = this.nearest(path)
    const first = parts(path)[0]!
    const folder = path.includes('/') && this.caseless().get(first.toLowerCase()) === first
    if (nearest !== undefined && (nearest.endsWith(`/${path}`) || (path.endsWith(`/${nearest}`) && !folder))) {
      const message = `there is no file ${JSON.stringify(path)}, and a new one is not meant for certain`
      return { fault: 'path', message, fix: `write ${nearest}, or create_file for a new file` }
    }
    return this.fresh(raw)
  }

  private inScope(path: string): Resolved {
    if (this.scope(path)) return { path }
    const fix = 'leave this file as it is and reach the goal within the scope'
    return { fault: 'out_of_scope', message: `${path} is outside the scope of the job`, fix }
  }

  private clean(raw: string): string | Exclude<Resolved, { path: string }> {
    let path = raw.trim()
    while (path.startsWith('./')) path = path.slice(2)
    const shown = JSON.stringify(raw.slice(0, 200))
    if (/\p{Cc}/u.test(path))
      return { fault: 'path', message: `the path ${shown} has control characters`, fix: this.hint('') }
    const problem = pathProblem(path)
    if (problem === undefined) return path
    return { fault: 'path', message: `the path ${shown} ${problem}`, fix: this.hint(path.replaceAll('\\', '/')) }
  }

  private hint(path: string): string {
    const nearest = this.nearest(path)
    return nearest === undefined ? 'write a path relative to the project, as it was given' : `write ${nearest}`
  }

  /** The path of the tree that was probably meant: other case, more or fewer folders, or the same name elsewhere. */
  private nearest(path: string): string | undefined {
    const wanted = parts(path).filter((part) => part !== '' && part !== '.' && part !== '..')
    const folded = wanted.join('/').toLowerCase()
    if (folded === '') return undefined
    const same = this.caseless().get(folded)
    if (same !== undefined && this.has(same)) return same
    let best: string | undefined
    let score = 0
    for (const candidate of this.tree.keys()) {
      const lower = candidate.toLowerCase()
      const points = lower.endsWith(`/${folded}`)
        ? 3
        : folded.endsWith(`/${lower}`)
          ? 2 + lower.length / 1e4
          : this.sameName(lower, folded)
      if (points > score) {
        best = candidate
        score = points
      }
    }
    return best
  }

  private sameName(a: string, b: string): number {
    return parts(a).at(-1) === parts(b).at(-1) ? 1 : 0
  }

  /** Every file and folder by its name in small letters. */
  private caseless(): Map<string, string> {
    if (this.folded !== undefined) return this.folded
    this.folded = new Map()
    for (const path of this.tree.keys()) {
      for (let at = path.length; at > 0; at = path.lastIndexOf('/', at - 1)) {
        this.folded.set(path.slice(0, at).toLowerCase(), path.slice(0, at))
      }
    }
    return this.folded
  }
}

const looksLikePath = (text: string): boolean =>
  /^[\w.@+$~[\]-][\w.@+$~[\]/\\:-]*$/.test(text) && /[./\\]/.test(text) && !/^\.+$|\.$|:\d*$|^\w+:\/\//.test(text)

const labels =
  /^(?:(?:new )?(?:file ?(?:name|path)?|path)\s*:|(?:update|updated|modify|modified|edit|create|new file|changes? (?:to|in))\b:?)\s*/i

/**
 * The path that a line above a block or fence gives and nothing else: alone, or as a heading, in bold, in backticks,
 * as a comment, or behind a word such as `File:`.
 */
export const pathOfLine = (line: string, has: (path: string) => boolean): string | undefined => {
  if (line.length > 4_200) return undefined
  let text = line
    .trim()
    .replace(/^(?:\/\/|\/\*|<!--|#+|--|;|>|[-*+]\s|\d+[.)]\s)\s*/, '')
    .replace(/\s*(?:\*\/|-->)$/, '')
  const strip = (): string =>
    text
      .trim()
      .replace(/^(\*\*|__|`|\*|"|')(.*)\1(:?)$/, '$2')
      .replace(/\s*:$/, '')
  text = strip()
  text = text
    .replace(labels, '')
    .replace(/^\*\*\s*/, '')
    .replace(/\s*\((?:new(?: file)?|updated|modified|full file|complete)\)\s*:?$/i, '')
  text = strip()
  text = strip()
  if (text === '') return undefined
  return has(text) || looksLikePath(text) ? text : undefined
}

/** The one path of the tree that a sentence names in backticks: good enough where an anchor has to match as well. */
export const pathInSentence = (line: string, has: (path: string) => boolean): string | undefined => {
  const named = new Set(
    [...line.slice(0, 2_000).matchAll(/`([^`]+)`/g)].map((match) => match[1]!.replace(/^\.\//, '')).filter(has),
  )
  return named.size === 1 ? [...named][0] : undefined
}

/** The path in the words after a fence's backticks: `ts src/a.ts`, `ts:src/a.ts`, `ts title="src/a.ts"`, `src/a.ts`. */
export const pathOfInfo = (info: string, has: (path: string) => boolean): string | undefined => {
  const named = /\b(?:title|file|filename|filepath|path)\s*=\s*(?:"([^"]+)"|'([^']+)'|(\S+))/i.exec(info)
  if (named) return named[1] ?? named[2] ?? named[3]
  if (has(info)) return info
  const colon = /^[\w+#-]+:(\S+)$/.exec(info)?.[1]
  if (colon !== undefined && looksLikePath(colon)) return colon
  const words = info.split(/\s+/).filter((word) => word !== '')
  const last = words.at(-1)
  return last !== undefined && words.length <= 2 && (has(last) || looksLikePath(last)) ? last : undefined
}
