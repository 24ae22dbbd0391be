type Scripts = ReadonlyMap<string, string>

export interface Nested {
  readonly scripts: readonly string[]
  readonly args: readonly string[]
}

const matching = (scripts: Scripts, pattern: string): string[] => {
  if (!pattern.includes('*')) return scripts.has(pattern) ? [pattern] : []
  const source = pattern
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, (stars) => (stars === '*' ? '[^:]*' : '.*'))
  return [...scripts.keys()].filter((name) => new RegExp(`^${source}$`).test(name))
}

const afterDashes = (words: readonly string[]): readonly string[] => {
  const at = words.indexOf('--')
  return at < 0 ? [] : words.slice(at + 1)
}

/** The scripts that a command hands over to, when it is `npm run x` in any of its spellings. */
export const nestedScripts = (scripts: Scripts, words: readonly string[]): Nested | undefined => {
  const tool = words[0] ?? ''
  const rest = words.slice(1).filter((word, i, all) => !(word.startsWith('-') && !all.slice(0, i).includes('--')))
  if (['run-s', 'run-p', 'npm-run-all', 'npm-run-all2'].includes(tool)) {
    const patterns = words.slice(1).filter((word) => !word.startsWith('-'))
    return { scripts: patterns.flatMap((pattern) => matching(scripts, pattern)), args: [] }
  }
  if (!['npm', 'yarn', 'pnpm', 'bun'].includes(tool)) return undefined
  const runs = rest[0] === 'run' || rest[0] === 'run-script'
  const name = runs ? rest[1] : rest[0] === 't' || rest[0] === 'tst' ? 'test' : rest[0]
  if (name === undefined || !scripts.has(name)) return undefined
  if (tool === 'npm') return runs || name === 'test' ? { scripts: [name], args: afterDashes(words) } : undefined
  return { scripts: [name], args: words.slice(words.indexOf(name) + 1).filter((word) => word !== '--') }
}
