import { isSourcePath } from '@iama/codemod'

/** A file that a call is about, and what in it. */
export interface Focus {
  readonly path: string
  readonly symbols: ReadonlySet<string>
  /** 1-based. */
  readonly lines: ReadonlySet<number>
  readonly reason: string
}

export interface FocusFound {
  /** In the order in which they were named. */
  readonly files: readonly Focus[]
  /** Words for which nothing was found. */
  readonly unknown: readonly string[]
}

const escaped = (name: string): string => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Where a name is declared; of a method the class's file. */
const declaration = (name: string): RegExp => {
  const own = escaped(name.replace(/^.*[.#]/, ''))
  return new RegExp(
    `\\b(?:function\\*?|class|interface|type|enum|const|let|var|namespace|def|func|fn|struct)\\s+${own}(?![\\w$])` +
      `|^[ \\t]*(?:(?:public|private|protected|static|async|override|readonly|get|set)\\s+)*\\*?#?${own}\\s*(?:<[^>\\n]*>)?\\([^\\n;]*\\{\\s*$`,
    'm',
  )
}

const MAX_DECLARING = 10

interface Named {
  readonly path: string
  readonly symbol?: string
  readonly line?: number
  readonly reason: string
}

const readWord = (word: string, texts: ReadonlyMap<string, string>): Named[] => {
  const plain = word.replace(/^\.\//, '')
  if (texts.has(plain)) return [{ path: plain, reason: 'is in focus' }]
  const parts = /^(?<path>.+?)(?:#(?<symbol>.+)|:(?<line>\d+)(?::\d+)?)$/.exec(plain)?.groups
  if (parts !== undefined && texts.has(parts['path']!)) {
    const { path, symbol, line } = parts
    if (line !== undefined) return [{ path: path!, line: Number(line), reason: `is in focus at line ${line}` }]
    return [{ path: path!, symbol: symbol!, reason: `is in focus with ${symbol}` }]
  }
  if (!/^[\w$.#]{1,200}$/.test(plain)) return []
  const regex = declaration(plain)
  const own = plain.replace(/^.*[.#]/, '')
  const declaring = [...texts.keys()]
    .filter((path) => isSourcePath(path) && texts.get(path)!.includes(own) && regex.test(texts.get(path)!))
    .sort()
  return declaring.slice(0, MAX_DECLARING).map((path) => {
    return { path, symbol: plain, reason: `declares ${plain}, which is in focus` }
  })
}

/** What the words of a focus mean in a tree. */
export const findFocus = (words: readonly string[], texts: ReadonlyMap<string, string>): FocusFound => {
  const files = new Map<string, { path: string; symbols: Set<string>; lines: Set<number>; reason: string }>()
  const unknown: string[] = []
  for (const word of new Set(words)) {
    const named = readWord(word, texts)
    if (named.length === 0) unknown.push(word)
    for (const { path, symbol, line, reason } of named) {
      const file = files.get(path) ?? { path, symbols: new Set(), lines: new Set(), reason }
      files.set(path, file)
      if (symbol !== undefined) file.symbols.add(symbol.replace(/^.*[.#]/, ''))
      if (line !== undefined) file.lines.add(line)
    }
  }
  return { files: [...files.values()], unknown }
}
