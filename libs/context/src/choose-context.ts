import { isSourcePath } from '@iama/codemod'
import { pathProblem } from '@iama/patch'
import { countTokens } from '@iama/tokens'
import picomatch from 'picomatch'

import { findFocus, type Focus } from './focus.ts'
import { importLinks } from './import-links.ts'
import { nearnessOf } from './nearness.ts'
import { excerpt, outlineLines, wantedLines, type Excerpt } from './outline.ts'
import { rank, type Candidate } from './rank.ts'
import type { ChosenContext, ContextPart, ContextRequest, LeftOut } from './types.ts'
import { readableText } from './unsuitable.ts'

/** What the fence around a part takes, besides its path and the reason. */
const FENCE_TOKENS = 100
/** Code has some 3.5 bytes a token; a file of more than this is not counted to know that it does not fit. */
const BYTES_PER_TOKEN = 8
/** Counting takes time: after so many files in a row that did not fit, the rest is not tried. */
const MAX_MISSES = 150
const BEGINNING = 60

/** Whether a path lies in the scope: a file, a folder, or a glob. An empty scope is everything. */
const scopeOf = (scope: readonly string[]): ((path: string) => boolean) => {
  if (scope.length === 0) return () => true
  const plain = scope.map((each) => each.replace(/^\.\//, '').replace(/\/$/, ''))
  const exact = new Set(plain)
  const globs = picomatch(plain, { dot: true })
  const isBelow = (path: string): boolean => plain.some((folder) => folder === '.' || path.startsWith(`${folder}/`))
  return (path) => exact.has(path) || isBelow(path) || globs(path)
}

/** Fills the parts one by one, and says of each file that it does not take why. */
class Filling {
  readonly parts: ContextPart[] = []
  readonly leftOut: LeftOut[] = []
  tokens = 0
  private misses = 0
  private readonly request: ContextRequest

  constructor(request: ContextRequest) {
    this.request = request
  }

  take(candidate: Candidate, text: string, focus: Focus | undefined): void {
    const { path, reason } = candidate
    const left = this.request.capTokens - this.tokens
    if (left <= FENCE_TOKENS || this.misses >= MAX_MISSES) return this.leave(path, 'the cap of tokens is reached')
    const whole = this.cost(candidate, text, left)
    if (whole <= left) return this.add({ path, text, reason, tokens: whole })
    const shorter = this.excerptsOf(candidate, text, focus)
    for (const { text: some, lines } of shorter) {
      const tokens = this.cost(candidate, some, left)
      if (tokens <= left)
        return this.add({ path, text: some, reason: `${reason}; too large to be shown whole`, tokens, lines })
    }
    this.misses += 1
    this.leave(
      path,
      `is too large: ${whole === Infinity ? `more than ${left}` : whole} tokens, ${left} are left (${reason})`,
    )
  }

  leave(path: string, reason: string): void {
    this.leftOut.push({ path, reason })
  }

  private add(part: ContextPart): void {
    this.parts.push(part)
    this.tokens += part.tokens
    this.misses = 0
  }

  private cost({ path, reason }: Candidate, text: string, left: number): number {
    if (text.length > left * BYTES_PER_TOKEN) return Infinity
    const { model } = this.request
    return countTokens(text, model) + countTokens(`${path} ${reason}`, model) + FENCE_TOKENS
  }

  /** Ways to show a part of a file, the fullest first. */
  private *excerptsOf({ path, excerpt: how }: Candidate, text: string, focus: Focus | undefined): Iterable<Excerpt> {
    if (how === undefined) return
    const wanted = focus ?? { symbols: new Set<string>(), lines: new Set<number>() }
    if (how === 'beginning' || (!isSourcePath(path) && wanted.lines.size === 0)) {
      yield excerpt(text, new Set(Array.from({ length: BEGINNING }, (_, at) => at + 1)))
      return
    }
    const outlined = outlineLines(path, text, wanted)
    if (outlined.size > 0) yield excerpt(text, outlined)
    const alone = wantedLines(path, text, wanted)
    if (alone.size > 0) yield excerpt(text, alone)
    const heads = outlineLines(path, text, { symbols: new Set(), lines: new Set() })
    if (focus !== undefined && heads.size > 0) yield excerpt(text, heads)
  }
}

/**
 * Chooses what of a tree a model gets to see: what the call is about, what that imports, who uses it, its tests, the
 * project's conventions, and the rest of the scope by nearness, as long as it fits. Files come whole; an excerpt says
 * so in its text. Deterministic.
 */
export const chooseContext = (request: ContextRequest): ChosenContext => {
  const { tree, conventions = true } = request
  const inScope = scopeOf(request.scope)
  const texts = new Map<string, string>()
  const unsuitable = new Map<string, string>()
  for (const path of [...tree.keys()].sort()) {
    const problem = pathProblem(path)
    const read = problem === undefined ? readableText(path, tree.get(path)!) : { unsuitable: `its path ${problem}` }
    if ('text' in read) texts.set(path, read.text)
    else unsuitable.set(path, read.unsuitable)
  }
  const links = importLinks(tree, texts)
  const { files, unknown } = findFocus(request.focus, texts)
  const focused = new Map(files.map((file) => [file.path, file]))
  const filling = new Filling(request)
  for (const word of unknown) {
    const path = word.replace(/^\.\//, '').replace(/[:#].*$/, '')
    filling.leave(word, unsuitable.get(path) ?? 'is neither a file nor a declaration of this tree')
  }
  const near = files.length > 0 ? nearnessOf(files, tree, texts, links) : undefined
  for (const candidate of rank(files, conventions, { texts, links, near, inScope })) {
    filling.take(candidate, texts.get(candidate.path)!, focused.get(candidate.path))
  }
  for (const [path, reason] of unsuitable) if (inScope(path)) filling.leave(path, reason)
  return { parts: filling.parts, leftOut: filling.leftOut, tokens: filling.tokens }
}
