import type { Checks, Leaf, LeafKind } from '../types.ts'
import { kindOf, runnerOf } from './classify.ts'
import { nestedScripts } from './nested-scripts.ts'
import { joinWords, splitCommands, type ShellCommand } from './shell-words.ts'
import { stripWrappers } from './strip-wrappers.ts'

/** The parts of a package.json that matter here; anything else in it is ignored. */
export interface PackageJson {
  readonly scripts?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, unknown>>
  readonly devDependencies?: Readonly<Record<string, unknown>>
  readonly [key: string]: unknown
}

interface Found {
  readonly leaves: Leaf[]
  readonly notRun: { id: string; command: string; reason: string }[]
}

interface Walk {
  readonly scripts: ReadonlyMap<string, string>
  readonly known: ReadonlySet<string>
  readonly found: Found
}

const scriptMap = (packageJson: PackageJson): Map<string, string> => {
  const entries = Object.entries(packageJson.scripts ?? {})
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** Packages whose command has another name than they have; `npx` finds these locally too. */
const binaries: Readonly<Record<string, string>> = { typescript: 'tsc', '@biomejs/biome': 'biome', tap: 'tap' }

const knownCommands = (packageJson: PackageJson): Set<string> => {
  const names = [packageJson.dependencies, packageJson.devDependencies].flatMap((deps) => Object.keys(deps ?? {}))
  return new Set(names.flatMap((name) => [name, binaries[name] ?? name.replace(/^@[^/]+\//, '')]))
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

const addCommand = (
  walk: Walk,
  given: ShellCommand,
  chain: readonly string[],
  index: number,
  args: readonly string[],
) => {
  const id = `${chain.join('>')}#${index}`
  const piped = given.compound && formatters.test(given.text)
  const [command] = piped ? splitCommands(given.text.replace(formatters, '')) : [given]
  if (command === undefined) return
  const stripped = stripWrappers(command.words)
  const { env, reports, viaNpx } = stripped
  const words = [...stripped.words]
  const tool = words[0] ?? ''
  if (tool === '' || ['echo', 'exit', 'true', ':', 'cd', 'sleep'].includes(tool)) return
  const nested = command.compound ? undefined : nestedScripts(walk.scripts, words)
  if (nested !== undefined) {
    for (const script of nested.scripts) walkScript(walk, script, chain, [...nested.args, ...args])
    return
  }
  const kind = kindOf(words, chain.at(-1) ?? '')
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
  })
}

const toolOffset = (text: string, tool: string): number => {
  const escaped = tool.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return Math.max(0, text.search(new RegExp(`(?<=^|\\s)${escaped}(?=\\s|$)`)))
}

const walkScript = (walk: Walk, name: string, chain: readonly string[], args: readonly string[]): void => {
  if (chain.includes(name) || chain.length > 16) {
    walk.found.notRun.push({ id: [...chain, name].join('>'), command: `npm run ${name}`, reason: 'calls itself' })
    return
  }
  for (const hook of [`pre${name}`, name, `post${name}`]) {
    const script = walk.scripts.get(hook)
    if (script === undefined || /no test specified/.test(script)) continue
    const commands = splitCommands(script)
    commands.forEach((command, index) =>
      addCommand(walk, command, [...chain, hook], index, hook === name && index === commands.length - 1 ? args : []),
    )
  }
}

/** Scripts outside `npm test` that still say what the project demands of its code, and builds that installing would have run. */
const besides: readonly { readonly script: RegExp; readonly kinds: readonly LeafKind[] }[] = [
  { script: /^(lint|lint:js|lint:ts|eslint|standard)$/, kinds: ['lint'] },
  { script: /^(types|type-?check|check-types|test:types|tsc|check:types|lint:types)$/, kinds: ['types'] },
  { script: /^(prepare|prepublish)$/, kinds: ['build'] },
]

const unique = (leaves: readonly Leaf[]): Leaf[] => {
  const seen = new Set<string>()
  return leaves.filter((leaf) => {
    const key = JSON.stringify([leaf.command, leaf.env])
    return !seen.has(key) && seen.add(key) !== undefined
  })
}

const eslintConfig = /^(\.eslintrc(\.(js|cjs|json|ya?ml))?|eslint\.config\.(js|mjs|cjs|ts))$/

/** Rules that the project has written down and installed a tool for, though no script runs it. */
const unscripted = (walk: Walk, files: readonly string[], leaves: readonly Leaf[]): Leaf[] => {
  const leaf = (id: string, kind: LeafKind, words: readonly string[]): Leaf => ({
    id,
    kind,
    command: joinWords(words),
    argv: words,
    env: {},
    runner: 'unknown',
    shell: false,
  })
  const has = (kind: LeafKind): boolean => leaves.some((each) => each.kind === kind)
  const added: Leaf[] = []
  if (!has('types') && files.includes('tsconfig.json') && walk.known.has('typescript'))
    added.push(leaf('tsconfig.json', 'types', ['tsc', '--noEmit', '-p', 'tsconfig.json']))
  const config = files.find((file) => eslintConfig.test(file))
  if (!has('lint') && config !== undefined && walk.known.has('eslint'))
    added.push(leaf(config, 'lint', ['eslint', '.']))
  return added
}

/**
 * Takes the project's lifecycle apart: pretest, test and posttest with everything that they call, then the lint,
 * type and build scripts beside it. Coverage wrappers are off; what needs a network is named in `notRun`.
 * `overrides.testCommand` replaces the whole test lifecycle.
 */
export const discoverChecks = (
  packageJson: PackageJson,
  files: readonly string[],
  overrides: { readonly testCommand?: string } = {},
): Checks => {
  const scripts = scriptMap(packageJson)
  const found: Found = { leaves: [], notRun: [] }
  const walk: Walk = { scripts, known: knownCommands(packageJson), found }
  const prepared: Found = { leaves: [], notRun: [] }
  for (const { script, kinds } of besides) {
    for (const name of scripts.keys()) {
      if (!script.test(name)) continue
      const side: Found = { leaves: [], notRun: [] }
      walkScript({ ...walk, found: side }, name, [], [])
      prepared.leaves.push(...side.leaves.filter((leaf) => kinds.includes(leaf.kind)))
    }
  }
  if (overrides.testCommand !== undefined)
    splitCommands(overrides.testCommand).forEach((command, index) => addCommand(walk, command, ['given'], index, []))
  else walkScript(walk, 'test', [], [])
  const builds = prepared.leaves.filter((leaf) => leaf.kind === 'build')
  const others = prepared.leaves.filter((leaf) => leaf.kind !== 'build')
  const leaves = [...builds, ...found.leaves, ...others]
  return { leaves: unique([...leaves, ...unscripted(walk, files, leaves)]), notRun: found.notRun }
}
