import { describe, expect, it } from '@jest/globals'
import { discoverChecks } from './discover-checks.ts'
import { commandText, inFolder } from './in-folder.ts'

const of = (scripts: Record<string, string>, devDependencies: Record<string, string> = {}) =>
  discoverChecks({ scripts, devDependencies }, [])
const brief = (checks: ReturnType<typeof of>) =>
  checks.leaves.map((leaf) => `${leaf.kind} ${leaf.runner}: ${leaf.command}`)

describe('discoverChecks', () => {
  it('takes a tape lifecycle apart: lint before, coverage off, audit named', () => {
    const checks = of({
      lint: 'eslint --ext=js,mjs .',
      pretest: 'npm run lint',
      'tests-only': "nyc tape 'test/**/*.js'",
      test: 'npm run tests-only',
      posttest: 'aud --production',
    })
    expect(brief(checks)).toEqual(['lint unknown: eslint --ext=js,mjs .', "test tape: tape 'test/**/*.js'"])
    expect(checks.leaves[1]).toMatchObject({ id: 'test>tests-only#0', argv: ['tape', 'test/**/*.js'], shell: false })
    expect(checks.notRun).toEqual([{ id: 'posttest#0', command: 'aud --production', reason: 'needs a network' }])
  })

  it('follows chains, several suites and npx of a package that is not there', () => {
    const checks = of({
      lint: 'eslint .',
      postlint: 'npx @pkgjs/support validate',
      pretest: 'npm run lint',
      test: 'npm run tests-only && npm run test:corejs',
      'tests-only': "nyc tape 'test/*.js'",
      'test:corejs': "nyc tape test-core-js.js 'test/*.js'",
      posttest: "npx npm@'>=10.2' audit --production",
    })
    expect(brief(checks)).toEqual([
      'lint unknown: eslint .',
      "test tape: tape 'test/*.js'",
      "test tape: tape test-core-js.js 'test/*.js'",
    ])
    expect(checks.notRun.map((each) => each.reason)).toEqual(['npx would have to fetch it', 'needs a network'])
  })

  it('uses a shell only for shell syntax', () => {
    const [glob, plain] = of({ test: 'mocha test/*.js && mocha "test/**/*.js"' }).leaves
    expect(glob).toMatchObject({ shell: true, argv: ['sh', '-c', 'mocha test/*.js'], runner: 'mocha' })
    expect(plain).toMatchObject({ shell: false, argv: ['mocha', 'test/**/*.js'] })
  })

  it('reads env prefixes, cross-env included', () => {
    const [first, second] = of({ test: 'A=1 B="x y" node t.js && cross-env NODE_ENV=test jest --coverage' }).leaves
    expect(first).toMatchObject({ env: { A: '1', B: 'x y' }, argv: ['node', 't.js'] })
    expect(second).toMatchObject({ env: { NODE_ENV: 'test' }, runner: 'jest', argv: ['jest', '--coverage'] })
  })

  it('keeps the shell text of a command but not its wrappers', () => {
    expect(of({ test: 'cross-env A=1 nyc --reporter lcov tape test/*.js' }).leaves[0]).toMatchObject({
      env: { A: '1' },
      argv: ['sh', '-c', 'tape test/*.js'],
    })
  })

  it('drops a TAP formatter behind a pipe and keeps other pipes whole', () => {
    expect(of({ test: 'tape test/*.js | tap-spec' }).leaves[0]).toMatchObject({
      command: 'tape test/*.js',
      runner: 'tape',
    })
    expect(of({ test: 'cat x | node t.js' }).leaves[0]).toMatchObject({
      command: 'cat x | node t.js',
      runner: 'unknown',
    })
  })

  it.each([
    ['set -e; for t in test/*.js; do node $t; done'],
    ['if [ -d test ]; then mocha; fi'],
    ['FILES="test/a.js"; node $FILES'],
    ['. ./env.sh && mocha'],
    ['export A=$HOME && mocha'],
  ])('leaves a line whole that only a shell can take apart: %s', (line) => {
    expect(of({ test: line }).leaves).toMatchObject([
      { kind: 'test', runner: 'unknown', shell: true, command: line, argv: ['sh', '-c', line] },
    ])
  })

  it('takes the formatter off a line that it leaves whole', () => {
    const loop = 'for t in test/*.js; do node $t; done'
    expect(of({ test: `${loop} | tap-spec` }).leaves[0]!.argv).toEqual(['sh', '-c', loop])
  })

  it('passes over what only sets the shell up', () => {
    expect(brief(of({ test: 'set -e; node test/a.js; node test/b.js' }))).toEqual([
      'test unknown: node test/a.js',
      'test unknown: node test/b.js',
    ])
  })

  it('hands variables on to the commands and scripts that get them', () => {
    const scripts = { test: 'export A=1 B=x=y && cross-env C=3 npm run unit && ava', unit: 'D=4 mocha' }
    expect(of(scripts).leaves.map(({ runner, env }) => [runner, env])).toEqual([
      ['mocha', { A: '1', B: 'x=y', C: '3', D: '4' }],
      ['ava', { A: '1', B: 'x=y' }],
    ])
  })

  it('hands arguments on through npm run x -- and yarn x', () => {
    const scripts = { unit: 'mocha', test: 'npm run unit -- --grep "a b"', t2: 'yarn unit --bail' }
    expect(of(scripts).leaves[0]!.argv).toEqual(['mocha', '--grep', 'a b'])
    expect(discoverChecks({ scripts }, [], { testCommand: 'npm run t2' }).leaves[0]!.argv).toEqual(['mocha', '--bail'])
  })

  it('tells node:test, vitest, ava, tap and istanbul from each other', () => {
    const test = ['node --test test/', 'vitest run', 'ava', 'tap test', 'istanbul cover _mocha -- -R spec'].join(' && ')
    expect(of({ test }).leaves.map((leaf) => leaf.runner)).toEqual(['node:test', 'vitest', 'ava', 'tap', 'mocha'])
    expect(of({ test }).leaves[4]!.argv).toEqual(['_mocha', '-R', 'spec'])
    expect(of({ test: 'node --experimental-vm-modules node_modules/jest/bin/jest.js' }).leaves[0]!.runner).toBe('jest')
  })

  it('expands run-s patterns and pre and post hooks of nested scripts', () => {
    const checks = of({ test: 'run-s test:*', 'test:a': 'node a.js', 'test:b': 'node b.js', 'pretest:b': 'tsc -p .' })
    expect(brief(checks)).toEqual(['test unknown: node a.js', 'build unknown: tsc -p .', 'test unknown: node b.js'])
  })

  it('adds lint, types and the build that installing would have run, each once', () => {
    const checks = of({ prepare: 'tsc', test: 'jest', lint: 'eslint src', typecheck: 'tsc --noEmit' })
    expect(brief(checks)).toEqual([
      'build unknown: tsc',
      'test jest: jest',
      'lint unknown: eslint src',
      'types unknown: tsc --noEmit',
    ])
  })

  it('takes the rules that no script runs: a tsconfig and an ESLint config with their tools installed', () => {
    const packageJson = { scripts: { test: 'ava' }, devDependencies: { typescript: '6', eslint: '9' } }
    const files = ['tsconfig.json', 'eslint.config.js', 'src/a.ts']
    expect(brief(discoverChecks(packageJson, files)).slice(1)).toEqual([
      'types unknown: tsc --noEmit -p tsconfig.json',
      'lint unknown: eslint .',
    ])
    expect(brief(discoverChecks({ scripts: { test: 'ava' } }, files))).toEqual(['test ava: ava'])
  })

  it('finds nothing where npm wrote its placeholder, and survives scripts that call each other', () => {
    expect(of({ test: 'echo "Error: no test specified" && exit 1' }).leaves).toEqual([])
    expect(of({ test: 'npm run a', a: 'npm run test' }).notRun[0]).toMatchObject({ reason: 'calls itself' })
  })
})

describe('discoverChecks of a project with workspaces', () => {
  const inner = new Map([
    ['packages/a', { name: '@x/a', scripts: { pretest: 'tsc', test: 'node --test', lint: 'eslint src' } }],
    ['packages/b', { name: '@x/b', scripts: { test: 'mocha --bail' } }],
    ['packages/c', { name: '@x/c' }],
    ['packages/b/test/fixture', { name: 'fixture', scripts: { test: 'node never.js' } }],
    ['examples/d', { name: '@x/d', scripts: { test: 'node d.js' } }],
  ])
  const top = { workspaces: ['packages/*', './examples/*', '!examples/d'], devDependencies: { typescript: '5' } }
  const at = (test: string | undefined, files: readonly string[] = []) =>
    discoverChecks({ ...top, scripts: test === undefined ? {} : { test } }, files, { inner })
  const where = (checks: ReturnType<typeof at>) => checks.leaves.map(({ cwd = '', command }) => `${cwd}: ${command}`)
  const [a, b, lint] = ['packages/a: node --test', 'packages/b: mocha --bail', 'packages/a: eslint src']

  it.each([
    ['npm test --workspaces --if-present'],
    ['npm run test -ws'],
    ['yarn workspaces foreach -Apt run test'],
    ['pnpm -r test'],
    ['lerna run test'],
    ['npm test -w packages'],
    ["npm test --workspace '@x/*'"],
    ['npm test -w @x/a && npm --prefix packages/b test'],
    ['cd packages/a && npm test && cd ../b && npm t'],
  ])('runs the scripts of the packages that `%s` selects, each in its folder', (test) => {
    expect(where(at(test))).toEqual(['packages/a: tsc', a, b, lint])
  })

  it('runs one package where one is named, and hands arguments on', () => {
    expect(where(at('npm run test --workspace=packages/b -- --grep x'))).toEqual([
      'packages/b: mocha --bail --grep x',
      lint,
    ])
    expect(where(at('yarn workspace @x/b test'))).toEqual([b, lint])
    expect(where(at('pnpm --filter @x/b run test'))).toEqual([b, lint])
  })

  it('runs those of every workspace where the top has no test script, and no fixture’s', () => {
    expect(where(at(undefined))).toEqual(['packages/a: tsc', a, b, lint])
    expect(at(undefined).leaves[1]).toMatchObject({ id: 'packages/a:test#0', runner: 'node:test', kind: 'test' })
  })

  it('takes a workspace’s tsconfig for a check of its own', () => {
    const { leaves } = at('npm test -w @x/b', ['packages/b/tsconfig.json', 'packages/b/src/b.ts'])
    expect(leaves.at(-1)).toMatchObject({ id: 'packages/b:tsconfig.json', kind: 'types', cwd: 'packages/b' })
  })

  it('names what is not there, and still sees scripts that call each other', () => {
    expect(at('npm test -w packages/z')).toMatchObject({
      leaves: [{ command: 'eslint src' }],
      notRun: [{ command: 'npm test -w packages/z', reason: 'there is no such workspace' }],
    })
    expect(at('npm test && npm run test').notRun[0]).toMatchObject({ reason: 'calls itself' })
    expect(at('cd .. && npm test -w @x/b').notRun).toMatchObject([{ reason: 'it leads out of the project' }])
  })
})

describe('a command in a folder', () => {
  it('finds the commands of the folder before those of the top', () => {
    const leaf = { cwd: 'packages/a b', command: 'node --test' }
    expect(inFolder(leaf, ['node', '--test'])).toEqual([
      'sh',
      '-c',
      'cd "$0" && export PATH="$PWD/node_modules/.bin:$PATH" && exec "$@"',
      'packages/a b',
      'node',
      '--test',
    ])
    expect(commandText(leaf)).toBe("cd 'packages/a b' && node --test")
    expect(inFolder({}, ['jest'])).toEqual(['jest'])
  })
})
