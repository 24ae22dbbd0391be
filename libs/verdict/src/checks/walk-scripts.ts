import path from 'node:path'
import type { Leaf, LeafKind } from '../types.ts'
import { kindOf, runnerOf } from './classify.ts'
import { nestedScripts } from './nested-scripts.ts'
import type { Packages } from './packages.ts'
import { commandsOf, exportedBy, joinWords, type ShellCommand } from './shell-words.ts'
import { stripWrappers } from './strip-wrappers.ts'

/** What the scripts of a project come down to. */
export interface Found {
  readonly leaves: Leaf[]
  readonly notRun: { id: string; command: string; reason: string }[]
}

export interface Walk {
  readonly packages: Packages
  /** Commands that the project's dependencies bring. */
  readonly known: ReadonlySet<string>
  readonly found: Found
  /** Variables of whoever called the script. */
  readonly env: Readonly<Record<string, string>>
}

/** Where a command stands. */
interface Place {
  /** Empty at the top. */
  readonly folder: string
  /** Scripts that led here, each with its folder. */
  readonly chain: readonly string[]
  /** The last of them, as package.json calls it. */
  readonly script: string
  readonly index: number
}

const formatters = /\|\s*(npx\s+)?(tap-[\w-]+|faucet|colortape|snazzy|tapspec|tnyan|bunyan|pino-pretty)\b[^|]*$/

const notRunReason = (kind: LeafKind, viaNpx: boolean, tool: string, walk: Walk): string | undefined => {
  if (kind === 'network-audit') return 'needs a network'
  const name = tool.replace(/(?<=.)@.*$/, '')
  if (viaNpx && !walk.known.has(name)) return 'npx would have to fetch it'
  if (['husky', 'simple-git-hooks', 'lefthook', 'patch-package', 'is-ci', 'git'].includes(name))
    return 'sets up a machine'
  return undefined
}

const toolOffset = (text: string, tool: string): number => {
  const escaped = tool.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return Math.max(0, text.search(new RegExp(`(?<=^|\\s)${escaped}(?=\\s|$)`)))
}

/** One command of a script: more scripts, a leaf, or something that is not run. */
export const addCommand = (walk: Walk, given: ShellCommand, place: Place, args: readonly string[]): void => {
  const { folder, chain, script: name, index } = place
  const id = `${chain.join('>')}#${index}`
  const piped = given.compound && formatters.test(given.text)
  const [command] = piped ? commandsOf(given.text.replace(formatters, '')) : [given]
  if (command === undefined) return
  const { reports, viaNpx, ...stripped } = stripWrappers(command.words)
  const env = { ...walk.env, ...stripped.env }
  const words = [...stripped.words]
  const tool = words[0] ?? ''
  if (tool === '' || ['echo', 'exit', 'true', ':', 'cd', 'sleep', 'set', 'export'].includes(tool)) return
  const nested = command.compound ? undefined : nestedScripts(walk.packages, folder, words)
  if (nested !== undefined) {
    if (nested.folders.length === 0)
      walk.found.notRun.push({ id, command: command.text, reason: 'there is no such workspace' })
    for (const inner of nested.folders)
      for (const script of nested.scripts) walkScript({ ...walk, env }, inner, script, chain, [...nested.args, ...args])
    return
  }
  const kind = kindOf(words, name)
  const reason = reports ? 'a coverage report' : notRunReason(kind, viaNpx, tool, walk)
  if (reason !== undefined) {
    walk.found.notRun.push({ id, command: command.text, reason })
    return
  }
  // npx finds a scoped package by its name, the command is called without the scope
  if (viaNpx && tool.startsWith('@')) words[0] = tool.replace(/^@[^/]+\/|(?<=.)@[^/]*$/g, '')
  const all = [...words, ...args]
  // with shell syntax the text goes on as it is, less the wrappers in front of the tool
  const shellText = command.compound ? command.text : command.text.slice(toolOffset(command.text, tool))
  const text = command.needsShell
    ? [shellText, joinWords(args)].filter((part) => part !== '').join(' ')
    : joinWords(all)
  walk.found.leaves.push({
    id,
    kind,
    command: text,
    argv: command.needsShell ? ['sh', '-c', text] : all,
    env,
    runner: command.compound ? 'unknown' : runnerOf(words),
    shell: command.needsShell,
    ...(folder === '' ? {} : { cwd: folder }),
  })
}

/** Where `cd` leads; undefined when it leads out of the tree or nobody knows where. */
const changed = (folder: string, { words, needsShell }: ShellCommand): string | undefined => {
  const to = path.posix.join(folder, words[1] ?? '/')
  if (needsShell || words.length !== 2 || path.posix.isAbsolute(words[1]!) || /^\.\.(\/|$)/.test(to)) return undefined
  return to === '.' ? '' : to.replace(/\/$/, '')
}

/** The commands of one line, each where the `cd` before it leads, and with what was exported before it. */
export const addLine = (walk: Walk, line: string, from: Omit<Place, 'index'>, args: readonly string[] = []): void => {
  const commands = commandsOf(line)
  let { folder } = from
  let { env } = walk
  commands.forEach((command, index) => {
    const moved = command.words[0] === 'cd' && !command.compound ? changed(folder, command) : folder
    if (moved === undefined) {
      const id = `${from.chain.join('>')}#${index}`
      walk.found.notRun.push({ id, command: command.text, reason: 'it leads out of the project' })
    } else folder = moved
    env = { ...env, ...exportedBy(command) }
    addCommand({ ...walk, env }, command, { ...from, folder, index }, index === commands.length - 1 ? args : [])
  })
}

/** A script of a package with its pre and post hooks. */
export const walkScript = (
  walk: Walk,
  from: string,
  name: string,
  chain: readonly string[],
  args: readonly string[],
): void => {
  const folder = walk.packages.home(from)
  const titled = (script: string): string => (folder === '' ? script : `${folder}:${script}`)
  if (chain.includes(titled(name)) || chain.length > 16) {
    const id = [...chain, titled(name)].join('>')
    walk.found.notRun.push({ id, command: `npm run ${name}`, reason: 'calls itself' })
    return
  }
  const scripts = walk.packages.scriptsIn(folder)
  for (const hook of [`pre${name}`, name, `post${name}`]) {
    const script = scripts.get(hook)
    if (script === undefined || /no test specified/.test(script)) continue
    addLine(walk, script, { folder, chain: [...chain, titled(hook)], script: hook }, hook === name ? args : [])
  }
}
