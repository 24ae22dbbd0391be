import { describe, expect, it } from '@jest/globals'
import { discoverChecks } from './discover-checks.ts'

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
