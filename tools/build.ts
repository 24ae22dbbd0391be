import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { build, type Plugin } from 'esbuild'
import { root } from './workspace.ts'

/**
 * What stays in node_modules: native code, code that loads files by name at run time, TypeScript itself, and tables that
 * few processes need.
 * Everything else becomes part of the one file, for a fast start and a small image.
 */
const external = [
  '@temporalio/*',
  '@ast-grep/*',
  '@swc/*',
  'bcrypt',
  'typescript',
  'eslint',
  '@typescript-eslint/*',
  'typescript-eslint',
  'pg-native',
  'graphile-worker',
  'gpt-tokenizer/bpeRanks/*',
]

// Bundled CommonJS packages expect these three; an ES module has none of them.
const banner = [
  `import { createRequire as __createRequire } from 'node:module'`,
  `import { fileURLToPath as __fileURLToPath } from 'node:url'`,
  `const require = __createRequire(import.meta.url)`,
  `const __filename = __fileURLToPath(import.meta.url)`,
  `const __dirname = __fileURLToPath(new URL('.', import.meta.url))`,
].join('\n')

/** A source map of one place: the beginning. */
const noMap = Buffer.from(JSON.stringify({ version: 3, sources: [''], mappings: 'AAAA' })).toString('base64')

/**
 * Only our own code is mapped. The first stack trace of a process decodes its whole map, which with the packages in it
 * costs 170 MB that are never given back.
 */
const packagesUnmapped: Plugin = {
  name: 'packages-unmapped',
  setup: ({ onLoad }) =>
    onLoad({ filter: /node_modules.*\.[cm]?js$/ }, ({ path: file }) => ({
      contents: `${readFileSync(file, 'utf8')}\n//# sourceMappingURL=data:application/json;base64,${noMap}`,
      loader: 'js',
    })),
}

interface ProjectFile {
  readonly metadata?: { readonly bundles?: readonly string[] }
}

const readProject = (projectRoot: string): ProjectFile => {
  const file = path.join(projectRoot, 'project.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ProjectFile) : {}
}

/** The programs of an app: its service, its migrations, and what `metadata.bundles` of project.json adds. */
export const entriesOf = (projectRoot: string): { in: string; out: string }[] => {
  const standard = [
    { in: 'src/main.ts', out: 'main' },
    { in: 'src/migrate.ts', out: 'migrate' },
    { in: 'src/infrastructure/migrations/run.ts', out: 'migrate' },
  ]
  const own = (readProject(projectRoot).metadata?.bundles ?? []).map((file) => ({
    in: file,
    out: path.basename(file, '.ts'),
  }))
  for (const { in: file } of own) {
    if (!existsSync(path.join(projectRoot, file)))
      throw new Error(`${projectRoot}/project.json names ${file}: no such file`)
  }
  return [...standard, ...own]
    .filter((entry) => existsSync(path.join(projectRoot, entry.in)))
    .map((entry) => ({ in: path.join(projectRoot, entry.in), out: entry.out }))
}

const bundleWorkflows = async (projectRoot: string): Promise<void> => {
  const workflowsPath = ['src/workflows/index.ts', 'src/workflows.ts', 'workflows/index.ts']
    .map((file) => path.join(projectRoot, file))
    .find((file) => existsSync(file))
  if (workflowsPath === undefined) return
  const { bundleWorkflowCode } = await import('@temporalio/worker')
  const quiet = {
    log: () => {},
    trace: () => {},
    debug: () => {},
    info: () => {},
    warn: console.error,
    error: console.error,
  }
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: quiet })
  writeFileSync(path.join(projectRoot, 'dist/workflows.js'), code)
}

/** Bundles one app into `<projectRoot>/dist`: each program one file, and the workflows once, ready to load. */
export const buildProject = async (projectRoot: string): Promise<void> => {
  const dist = path.join(projectRoot, 'dist')
  rmSync(dist, { recursive: true, force: true })
  mkdirSync(dist, { recursive: true })
  await Promise.all([
    build({
      entryPoints: entriesOf(projectRoot),
      outdir: dist,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      keepNames: true,
      sourcemap: 'linked',
      sourcesContent: false,
      plugins: [packagesUnmapped],
      // without comments, whose quotes and dashes double the memory that the text takes
      minifyWhitespace: true,
      lineLimit: 160,
      banner: { js: banner },
      external,
      logLevel: 'warning',
    }),
    bundleWorkflows(projectRoot),
  ])
}

// `nx build <app>` calls this file with the project's folder.
if (process.argv[1] === import.meta.filename) {
  const projectRoot = process.argv[2]
  if (projectRoot === undefined) {
    process.stderr.write('usage: node tools/build.ts <project folder>\n')
    process.exit(2)
  }
  await buildProject(path.resolve(root, projectRoot))
}
