import path from 'node:path'
import type { Packages, Scripts } from './packages.ts'

/** What a command hands over to. */
export interface Nested {
  readonly scripts: readonly string[]
  readonly args: readonly string[]
  /** Folders of the packages whose scripts are meant; none when the command names a package that is not there. */
  readonly folders: readonly string[]
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

const everywhere = new Set(['-ws', '--workspaces', '-r', '--recursive'])
const workspaceFlag = /^(?:-w|--workspace|--filter|-F)(?:=(.*))?$/
const folderFlag = /^(?:--prefix|-C|--dir|--cwd)(?:=(.*))?$/

interface Selection {
  /** The command without what selects packages. */
  readonly words: readonly string[]
  readonly folders: readonly string[]
  /** Whether it selects packages at all. */
  readonly elsewhere: boolean
}

/** yarn and lerna say in words what npm and pnpm say in flags. */
const inFlags = (words: readonly string[]): readonly string[] => {
  const [tool, first, second] = words
  const rest = (from: number): string[] =>
    words.slice(from).filter((word) => !/^-[Aptv]+$|^--(all|parallel)$/.test(word))
  if (tool === 'yarn' && first === 'workspaces') return [tool, '-ws', ...rest(second === 'foreach' ? 3 : 2)]
  if (tool === 'yarn' && first === 'workspace' && second !== undefined) return [tool, '-w', second, ...words.slice(3)]
  if (tool === 'lerna' && first === 'run') return ['npm', '-ws', 'run', ...rest(2)]
  return words
}

/** Which packages a call of a package manager is about. */
const select = (packages: Packages, folder: string, given: readonly string[]): Selection => {
  const words: string[] = []
  const folders: string[] = []
  let elsewhere = false
  const end = given.indexOf('--') < 0 ? given.length : given.indexOf('--')
  for (let i = 0; i < end; i++) {
    const word = given[i]!
    const [workspace, place] = [workspaceFlag.exec(word), folderFlag.exec(word)]
    if (everywhere.has(word)) folders.push(...packages.workspaces)
    else if (workspace) folders.push(...packages.named(workspace[1] ?? given[++i] ?? '', folder))
    else if (place) folders.push(path.posix.join(folder, place[1] ?? given[++i] ?? ''))
    else {
      words.push(word)
      continue
    }
    elsewhere = true
  }
  return { words: [...words, ...given.slice(end)], folders: elsewhere ? [...new Set(folders)] : [folder], elsewhere }
}

/** The scripts that a command hands over to, when it is `npm run x` in any of its spellings. */
export const nestedScripts = (packages: Packages, folder: string, given: readonly string[]): Nested | undefined => {
  const scripts = packages.scriptsIn(folder)
  if (['run-s', 'run-p', 'npm-run-all', 'npm-run-all2'].includes(given[0] ?? '')) {
    const patterns = given.slice(1).filter((word) => !word.startsWith('-'))
    return { scripts: patterns.flatMap((pattern) => matching(scripts, pattern)), args: [], folders: [folder] }
  }
  if (!['npm', 'yarn', 'pnpm', 'bun', 'lerna'].includes(given[0] ?? '')) return undefined
  const { words, folders, elsewhere } = select(packages, folder, inFlags(given))
  const [tool = ''] = words
  const rest = words.slice(1).filter((word, i, all) => !(word.startsWith('-') && !all.slice(0, i).includes('--')))
  const runs = rest[0] === 'run' || rest[0] === 'run-script'
  const name = runs ? rest[1] : rest[0] === 't' || rest[0] === 'tst' ? 'test' : rest[0]
  if (name === undefined || (!elsewhere && !scripts.has(name))) return undefined
  // `npm ci --prefix x` and the like call no script
  if (elsewhere && !folders.every((each) => runs || name === 'test' || packages.scriptsIn(each).has(name)))
    return undefined
  if (tool === 'npm')
    return runs || name === 'test' ? { scripts: [name], args: afterDashes(words), folders } : undefined
  const args = words.slice(words.indexOf(name) + 1).filter((word) => word !== '--')
  return { scripts: [name], args, folders }
}
