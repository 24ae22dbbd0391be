import type { Checks, Leaf, LeafKind } from '../types.ts'
import { Packages, type PackageJson } from './packages.ts'
import { joinWords } from './shell-words.ts'
import { addLine, walkScript, type Found, type Walk } from './walk-scripts.ts'

/** Packages whose command has another name than they have; `npx` finds these locally too. */
const binaries: Readonly<Record<string, string>> = { typescript: 'tsc', '@biomejs/biome': 'biome', tap: 'tap' }

const knownCommands = (packages: Packages): Set<string> =>
  new Set(packages.dependencies().flatMap((name) => [name, binaries[name] ?? name.replace(/^@[^/]+\//, '')]))

/** Scripts outside `npm test` that still say what the project demands of its code, and builds that installing would have run. */
const besides: readonly { readonly script: RegExp; readonly kinds: readonly LeafKind[] }[] = [
  { script: /^(lint|lint:js|lint:ts|eslint|standard)$/, kinds: ['lint'] },
  { script: /^(types|type-?check|check-types|test:types|tsc|check:types|lint:types)$/, kinds: ['types'] },
  { script: /^(prepare|prepublish)$/, kinds: ['build'] },
]

const none = (): Found => ({ leaves: [], notRun: [] })

const leavesBeside = (walk: Walk, folder: string): Leaf[] => {
  const leaves: Leaf[] = []
  for (const { script, kinds } of besides) {
    for (const name of walk.packages.scriptsIn(folder).keys()) {
      if (!script.test(name)) continue
      const found = none()
      walkScript({ ...walk, found }, folder, name, [], [])
      leaves.push(...found.leaves.filter((leaf) => kinds.includes(leaf.kind)))
    }
  }
  return leaves
}

const unique = (leaves: readonly Leaf[]): Leaf[] => {
  const seen = new Set<string>()
  return leaves.filter((leaf) => {
    const key = JSON.stringify([leaf.command, leaf.env, leaf.cwd])
    return !seen.has(key) && seen.add(key) !== undefined
  })
}

const eslintConfig = /^(\.eslintrc(\.(js|cjs|json|ya?ml))?|eslint\.config\.(js|mjs|cjs|ts))$/

/** Rules that a package has written down and installed a tool for, though no script runs it. */
const unscripted = (walk: Walk, files: readonly string[], leaves: readonly Leaf[], folder: string): Leaf[] => {
  const own = files
    .filter((file) => folder === '' || file.startsWith(`${folder}/`))
    .map((file) => (folder === '' ? file : file.slice(folder.length + 1)))
  const leaf = (name: string, kind: LeafKind, words: readonly string[]): Leaf => ({
    id: folder === '' ? name : `${folder}:${name}`,
    kind,
    command: joinWords(words),
    argv: words,
    env: {},
    runner: 'unknown',
    shell: false,
    ...(folder === '' ? {} : { cwd: folder }),
  })
  // what lints the whole project lints its workspaces
  const has = (kind: LeafKind): boolean =>
    leaves.some((each) => each.kind === kind && (each.cwd === undefined || each.cwd === folder))
  const added: Leaf[] = []
  if (!has('types') && own.includes('tsconfig.json') && walk.known.has('typescript'))
    added.push(leaf('tsconfig.json', 'types', ['tsc', '--noEmit', '-p', 'tsconfig.json']))
  const config = own.find((file) => eslintConfig.test(file))
  if (!has('lint') && config !== undefined && walk.known.has('eslint'))
    added.push(leaf(config, 'lint', ['eslint', '.']))
  return added
}

export interface CheckOverrides {
  /** Replaces the whole test lifecycle. */
  readonly testCommand?: string
  /** The manifests of packages below the top, by folder: for the workspaces among them. */
  readonly inner?: ReadonlyMap<string, PackageJson>
}

/**
 * Takes the project's lifecycle apart: pretest, test and posttest with everything that they call, also in workspaces,
 * then the lint, type and build scripts beside it. A project that has workspaces and no test script of its own has the
 * test scripts of its workspaces. Coverage wrappers are off; what needs a network is named in `notRun`.
 */
export const discoverChecks = (
  packageJson: PackageJson,
  files: readonly string[],
  overrides: CheckOverrides = {},
): Checks => {
  const packages = new Packages(packageJson, overrides.inner)
  const found = none()
  const walk: Walk = { packages, known: knownCommands(packages), found, env: {} }
  const folders = ['', ...packages.workspaces]
  const prepared = folders.flatMap((folder) => leavesBeside(walk, folder))
  if (overrides.testCommand !== undefined)
    addLine(walk, overrides.testCommand, { folder: '', chain: ['given'], script: 'given' })
  else {
    const isTested = packages.scriptsIn('').has('test')
    for (const folder of isTested ? [''] : folders) walkScript(walk, folder, 'test', [], [])
  }
  const builds = prepared.filter((leaf) => leaf.kind === 'build')
  const others = prepared.filter((leaf) => leaf.kind !== 'build')
  const leaves = [...builds, ...found.leaves, ...others]
  const added: Leaf[] = []
  for (const folder of folders) added.push(...unscripted(walk, files, [...leaves, ...added], folder))
  return { leaves: unique([...leaves, ...added]), notRun: found.notRun }
}
