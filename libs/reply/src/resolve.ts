import { assertNever } from '@iama/kernel'
import { nearestMatch, type Operation, type Tree } from '@iama/patch'

import { BaseFile, linesOf, withoutBom } from './base-file.ts'
import type { Change, Hunk, Wanted } from './draft.ts'
import { LineFinder } from './find-lines.ts'
import { changeLines } from './line-change.ts'
import { fenceMayEndEarly, inConventionsOf, newTextProblem } from './new-text.ts'
import { Paths, type Resolved } from './paths.ts'
import type { ReplyProblem } from './refusal.ts'
import { resolveAnchored } from './resolve-anchored.ts'
import { resolveHunks, resolveLines, type LineProblem } from './resolve-lines.ts'

/** What a reply may hold, and about which files. */
export interface ReplyRules {
  /** The untouched files that the reply is about. */
  readonly tree: Tree
  /** Whether a path, of a file that is there or not, may be touched. */
  readonly scope: (path: string) => boolean
  /** Whether the class of the route may answer with whole files (L1). */
  readonly wholeFiles: boolean
}

/** So many nearest matches are looked for in one reply: each reads a whole file. */
const MAX_NEAREST = 8
/**
 * Bytes of files times lines of anchors that are searched with other white space for one reply: a few seconds when all
 * of it repeats, far more than real replies need.
 */
const MAX_SEARCH = 2e8

/** Turns the changes that a reply asks for into operations with exact bytes, and collects what cannot be done. */
export class Resolver {
  readonly problems: ReplyProblem[] = []
  readonly paths: Paths
  private readonly rules: ReplyRules
  private readonly files = new Map<string, { file: BaseFile; finder: LineFinder } | undefined>()
  private nearest = 0
  private searched = 0

  constructor(rules: ReplyRules) {
    this.rules = rules
    this.paths = new Paths(rules.tree, rules.scope)
  }

  resolve(change: Change): Operation[] {
    switch (change.kind) {
      case 'anchored':
      case 'hunks':
        return this.onFile(change, (file, finder, path) => {
          if (change.kind === 'hunks')
            return this.settled(change, path, file, resolveHunks(file, finder, withoutMarks(file, change.hunks)))
          // only an anchor that is not there as it is written makes the tolerant search look at every line
          const exact = file.content.includes(change.anchor)
          this.searched += exact ? 0 : file.content.length * linesOf(change.anchor).length
          if (this.searched > MAX_SEARCH) {
            return this.refuse(
              change,
              { fault: 'too_large', message: 'the anchors are too many and too long', fix: 'use shorter anchors' },
              path,
            )
          }
          const found = resolveAnchored(file, change)
          if ('fault' in found) return this.settled(change, path, file, { ...found, sought: change.anchor })
          return found.operation === undefined ? [] : [found.operation]
        })
      case 'lines':
        return this.lines(change)
      case 'create':
        return this.create(change, change.path, change.text, change.executable)
      case 'write':
        return this.onFile(change, (file) => this.write(change, file, change.text))
      case 'file':
        return this.wholeFile(change)
      case 'delete':
        return this.delete(change)
      case 'rename':
        return this.rename(change)
      default:
        return assertNever(change)
    }
  }

  private refuse(change: Change, problem: LineProblem, path = change.path): never[] {
    const { line, field } = change.place
    const { sought: _sought, ...rest } = problem
    this.problems.push({ ...(line !== undefined && { line }), ...(field && { field }), path, ...rest })
    return []
  }

  /** Operations as they are, or the refusal with the place that comes nearest. */
  private settled(
    change: Change,
    path: string,
    file: BaseFile,
    resolved: { operations: Operation[] } | LineProblem,
  ): Operation[] {
    if ('operations' in resolved) return resolved.operations
    const { sought, message } = resolved
    if (sought === undefined || resolved.fault !== 'anchor_missing' || this.nearest++ >= MAX_NEAREST) {
      return this.refuse(change, resolved, path)
    }
    const near = nearestMatch(file.lines.join('\n'), sought.slice(0, 10_000))
    if (near === undefined)
      return this.refuse(change, { ...resolved, message: `${message}, nor anything like it` }, path)
    const percent = Math.floor(near.similarity * 100)
    const shown = `nearest is line ${near.line} (${percent} % alike): ${JSON.stringify(near.text)}`
    return this.refuse(change, { ...resolved, message: `${message}; ${shown}` }, path)
  }

  private path(change: Change, resolved: Resolved): string | undefined {
    if ('path' in resolved) return resolved.path
    this.refuse(change, resolved, change.path.slice(0, 200))
    return undefined
  }

  private load(path: string): { file: BaseFile; finder: LineFinder } | undefined {
    if (this.files.has(path)) return this.files.get(path)
    const file = BaseFile.of(path, this.rules.tree.get(path)!)
    const loaded = file && { file, finder: new LineFinder(file) }
    this.files.set(path, loaded)
    return loaded
  }

  /** Does something with a file that is there, in scope, text, and as the reply claims it to be. */
  private onFile(change: Change, act: (file: BaseFile, finder: LineFinder, path: string) => Operation[]): Operation[] {
    const path = this.path(change, this.paths.existing(change.path))
    if (path === undefined) return []
    const loaded = this.load(path)
    if (loaded === undefined) {
      return this.refuse(
        change,
        { fault: 'binary', message: 'the file is not UTF-8 text', fix: 'leave it as it is' },
        path,
      )
    }
    const { file, finder } = loaded
    const { claimed } = change.place
    if (claimed !== undefined && claimed !== file.base) {
      const message = 'the base hash is not that of the file'
      return this.refuse(change, { fault: 'wrong_shape', message, fix: 'leave base out: it is filled in' }, path)
    }
    const problem = newTextProblem(writtenBy(change), path, file)
    return problem === undefined ? act(file, finder, path) : this.refuse(change, problem, path)
  }

  private lines(change: Change & { kind: 'lines' }): Operation[] {
    const empty = change.search.every((line) => line.trim() === '')
    // a blank line is an old line: under a misspelt path it would make a file that nobody meant
    if (change.search.length === 0 && !this.paths.has(change.path.replace(/^(?:\.\/)+/, ''))) {
      return this.create(change, change.path, change.replace.map((line) => `${line}\n`).join(''))
    }
    return this.onFile(change, (file, finder, path) => {
      if (empty && file.lines.length === 0) {
        return change.replace.length === 0 ? [] : [changeLines(file, { from: 0, to: 0, lines: change.replace })]
      }
      if (change.search.length === 0) {
        const fix = 'write the old lines that the new ones replace, or take a new path'
        return this.refuse(
          change,
          { fault: 'exists', message: 'the block has no old lines, but the file exists', fix },
          path,
        )
      }
      return this.settled(
        change,
        path,
        file,
        resolveLines(file, finder, {
          ...change,
          search: file.bom ? change.search.map(withoutBom) : change.search,
          replace: file.bom ? change.replace.map(withoutBom) : change.replace,
        }),
      )
    })
  }

  private create(change: Change, raw: string, text: string, executable = false): Operation[] {
    const path = this.path(change, this.paths.fresh(raw))
    if (path === undefined) return []
    const problem = newTextProblem(text, path, undefined)
    if (problem !== undefined) return this.refuse(change, problem, path)
    return [{ type: 'create_file', path, text, ...(executable && { executable }) }]
  }

  private write(change: Change, file: BaseFile, text: string): Operation[] {
    if (!this.rules.wholeFiles) {
      const fix = 'change the lines that differ by edit operations'
      return this.refuse(change, { fault: 'whole_file', message: 'whole files are not allowed here', fix }, file.path)
    }
    const written = inConventionsOf(file, text)
    if (written.trim() === '' && file.lines.length > 0) {
      const message = 'the whole file is empty'
      return this.refuse(change, { fault: 'elided', message, fix: 'write every line, or use delete_file' }, file.path)
    }
    if (Buffer.from(written).equals(file.content)) return []
    return [{ type: 'write_file', path: file.path, base: file.base, text: written }]
  }

  private wholeFile(change: Change & { kind: 'file' }): Operation[] {
    const path = this.path(change, this.paths.either(change.path))
    if (path === undefined) return []
    const exists = this.paths.has(path)
    const file = exists ? this.load(path)?.file : undefined
    if (fenceMayEndEarly(change.marker, path, file)) {
      const message = `the file may hold a line of ${change.marker}, so the end of the fence is not certain`
      return this.refuse(
        change,
        { fault: 'malformed', message, fix: 'use a fence of more backticks than any in the file, four at least' },
        path,
      )
    }
    const named = change.named
    const drop = named !== undefined && file?.lines[0] !== named
    const text = drop ? change.text.slice(change.text.indexOf('\n') + 1) : change.text
    if (exists) return this.onFile({ ...change, text }, (base) => this.write(change, base, text))
    if (!this.rules.wholeFiles) {
      const fix = 'use create_file'
      return this.refuse(change, { fault: 'whole_file', message: 'whole files are not allowed here', fix }, path)
    }
    return this.create(change, path, text)
  }

  private delete(change: Change & { kind: 'delete' }): Operation[] {
    return this.onFile(change, (file, _finder, path) => {
      const { lines } = change
      if (
        lines === undefined ||
        (lines.length === file.lines.length && lines.every((line, n) => line === file.lines[n]))
      ) {
        return [{ type: 'delete_file', path, base: file.base }]
      }
      const message = 'the diff deletes a file whose lines are others'
      return this.refuse(
        change,
        { fault: 'anchor_missing', message, fix: 'copy the whole file, or use delete_file' },
        path,
      )
    })
  }

  private rename(change: Change & { kind: 'rename' }): Operation[] {
    return this.onFile(change, (file, _finder, path) => {
      const to = this.path({ ...change, path: change.to }, this.paths.fresh(change.to))
      return to === undefined ? [] : [{ type: 'rename_file', path, base: file.base, to }]
    })
  }
}

/** The byte order mark of a file stays where it is, whether a diff shows it or not. */
const withoutMarks = (file: BaseFile, hunks: readonly Hunk[]): readonly Hunk[] => {
  if (!file.bom) return hunks
  return hunks.map((hunk) => ({ ...hunk, rows: hunk.rows.map((row) => ({ ...row, text: withoutBom(row.text) })) }))
}

/** All text that a change would write. */
const writtenBy = (wanted: Wanted): string => {
  switch (wanted.kind) {
    case 'lines':
      return wanted.replace.join('\n')
    case 'hunks':
      return wanted.hunks
        .flatMap(({ rows }) => rows.flatMap(({ sign, text }) => (sign === '+' ? [text] : [])))
        .join('\n')
    case 'anchored':
    case 'create':
    case 'write':
    case 'file':
      return wanted.text
    case 'delete':
    case 'rename':
      return ''
    default:
      return assertNever(wanted)
  }
}
