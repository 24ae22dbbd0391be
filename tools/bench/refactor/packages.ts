/** A package that carries its tests, and what they need. Pinned: another version has other code and other tests. */
export interface Subject {
  readonly name: string
  readonly version: string
  readonly license: string
  /** What `npm install` adds for the tests, pinned. */
  readonly runner: readonly string[]
  /** Instead of the package's own `test` script, which also lints, measures coverage and asks the network. */
  readonly test: string
  /** Written beside the package: settings that its tests or its compiler need and its tarball leaves out. */
  readonly files: Readonly<Record<string, string>>
  /** What a build made of the sources and nobody changes by hand: taken away, so that the sources are judged. */
  readonly built: readonly string[]
  /** Instead of fields of package.json that name what was built. */
  readonly manifest: Readonly<Record<string, unknown>>
}

const tape = ['tape@5.10.2'] as const
type Settings = Pick<Subject, 'files' | 'built' | 'manifest'>

const subject = (
  packed: string,
  license: string,
  runner: readonly string[],
  test: string,
  { files = {}, built = [], manifest = {} }: Partial<Settings> = {},
): Subject => {
  const at = packed.lastIndexOf('@')
  return { name: packed.slice(0, at), version: packed.slice(at + 1), license, runner, test, files, built, manifest }
}

const vitest = ['vitest@3.2.4', 'typescript@5.9.3'] as const

/** A package that publishes its TypeScript: judged by its sources, its tests run on them without a build. */
const sources = (built: string, tests: string, setup = ''): Settings => ({
  files: {
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        ...{ target: 'es2022', module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom'] },
        ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
      },
      include: ['src'],
      exclude: ['src/tests'],
    }),
    'vitest.config.mjs': `export default { test: { globals: true, include: ['${tests}'], setupFiles: ['./vitest.setup.mjs'] } }\n`,
    'vitest.setup.mjs': setup,
  },
  built: [built],
  manifest: { main: undefined, module: undefined, types: undefined, exports: './src/index.ts' },
})

/** 100 to 2,900 lines each: CommonJS in ES3 and ES5 style, in today's style, ES modules, and TypeScript. */
export const subjects: readonly Subject[] = [
  subject('minimist@1.2.8', 'MIT', tape, 'tape test/*.js'),
  subject('json-stable-stringify@1.3.0', 'MIT', tape, 'tape test/*.js'),
  subject('traverse@0.6.11', 'MIT', [...tape, 'es-value-fixtures@1.7.1'], 'tape test/*.js'),
  subject(
    'qs@6.14.0',
    'BSD-3-Clause',
    [
      ...tape,
      'es-value-fixtures@1.7.1',
      'has-bigints@1.1.0',
      'has-override-mistake@1.0.1',
      'has-property-descriptors@1.0.2',
      'has-proto@1.2.0',
      'has-symbols@1.1.0',
      'for-each@0.3.5',
      'iconv-lite@0.5.2',
      'mock-property@1.1.0',
      'object-inspect@1.13.4',
      'qs-iconv@1.0.4',
      'safer-buffer@2.1.2',
    ],
    'tape test/*.js',
  ),
  subject('bl@6.1.4', 'MIT', tape, 'node test/test.js'),
  subject('fastq@1.20.1', 'ISC', [...tape, 'async@3.2.6', 'neo-async@2.6.2'], 'tape test/test.js test/promise.js'),
  subject('reusify@1.1.0', 'MIT', tape, 'tape test.js'),
  subject('split2@4.2.0', 'ISC', [...tape, 'binary-split@1.0.5', 'callback-stream@1.1.0'], 'tape test.js'),
  subject('fast-json-stable-stringify@2.1.0', 'MIT', [...tape, 'json-stable-stringify@1.3.0'], 'tape test/*.js'),
  subject('fast-uri@3.1.0', 'BSD-3-Clause', [...tape, 'ajv@8.17.1'], 'tape test/*.js'),
  subject('process-warning@5.0.0', 'MIT', [], 'node --test test/*.test.js'),
  subject('secure-json-parse@4.1.0', 'BSD-3-Clause', tape, 'tape test/*.test.js'),
  subject('varint@6.0.0', 'MIT', tape, 'node test.js'),
  subject('cborg@4.2.15', 'Apache-2.0', ['mocha@11.0.1', 'chai@6.0.1', 'ipld-garbage@5.0.0'], 'mocha test/test-*.js'),
  subject(
    'optimism@0.18.1',
    'MIT',
    [...vitest, '@wry/equality@0.5.7'],
    'vitest run',
    sources('lib', 'src/tests/{api,cache,context,deps,exceptions,key-trie}.ts'),
  ),
  subject(
    'minisearch@7.1.2',
    'MIT',
    [...vitest, 'fast-check@3.23.2'],
    'vitest run',
    sources('dist', 'src/**/*.test.js', "import { vi } from 'vitest'\nglobalThis.jest = vi\n"),
  ),
]
