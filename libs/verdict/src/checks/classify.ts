import type { LeafKind, Runner } from '../types.ts'

const runners: Readonly<Record<string, Runner>> = {
  tape: 'tape',
  tap: 'tap',
  mocha: 'mocha',
  _mocha: 'mocha',
  'mocha.js': 'mocha',
  'ts-mocha': 'mocha',
  jest: 'jest',
  'jest.js': 'jest',
  vitest: 'vitest',
  'vitest.mjs': 'vitest',
  ava: 'ava',
  borp: 'node:test',
}

const baseName = (word: string): string => word.split('/').pop()!

/** Which runner a command starts, seen through `node`, `tsx`, `ts-node` and paths into node_modules. */
export const runnerOf = (words: readonly string[]): Runner => {
  const first = baseName(words[0] ?? '')
  if (first === 'react-scripts' && words[1] === 'test') return 'jest'
  if (Object.hasOwn(runners, first)) return runners[first]!
  if (!['node', 'tsx', 'ts-node', 'ts-node-esm', 'nodejs', 'bun'].includes(first)) return 'unknown'
  if (words.includes('--test')) return 'node:test'
  const launched = words.slice(1).find((word) => /(^|\/)(node_modules|\.bin)\//.test(word) && !word.startsWith('-'))
  const name = launched === undefined ? '' : baseName(launched)
  return Object.hasOwn(runners, name) ? runners[name]! : 'unknown'
}

const linters =
  /^(eslint|eslint_d|standard|semistandard|xo|jshint|jscs|tslint|biome|oxlint|ls-lint|stylelint|evalmd|prettier|editorconfig-checker|eclint|markdownlint|remark|cspell|publint|depcheck|knip|dependency-cruiser|depcruise|madge)$/
const typeCheckers = /^(tsd|attw|flow|dtslint|vue-tsc|type-coverage|tsc-silent)$/
const builders =
  /^(tsc|rollup|webpack|vite|esbuild|tsup|unbuild|swc|babel|browserify|microbundle|make|cmake|node-gyp|parcel|grunt|gulp|bili|tsdown|ncc|mkdirp|mkdir|rimraf|rm|cp|cpy|copyfiles|shx|del|ttsc|pkgroll|zshy|tshy)$/
const audits =
  /^(aud|snyk|nsp|npm-audit-resolver|check-audit|better-npm-audit|audit-ci|osv-scanner|codecov|coveralls|lockfile-lint|in-publish|not-in-publish|safe-publish-latest|ls-engines)$/

/** What a command is for, by its tool first and by the name of its script after that. */
export const kindOf = (words: readonly string[], script: string): LeafKind => {
  const tool = baseName(words[0] ?? '').replace(/@.*$/, '')
  const rest = words.slice(1)
  if (audits.test(tool) || ((tool === 'npm' || tool === 'yarn' || tool === 'pnpm') && rest[0] === 'audit'))
    return 'network-audit'
  if (runnerOf(words) !== 'unknown') return 'test'
  if (linters.test(tool)) return 'lint'
  if (typeCheckers.test(tool)) return 'types'
  if (tool === 'tsc') return rest.includes('--noEmit') ? 'types' : 'build'
  if (tool === 'vite' || tool === 'next') return rest[0] === 'build' ? 'build' : 'test'
  if (builders.test(tool)) return 'build'
  if (/lint|format|style|prettier/.test(script)) return 'lint'
  if (/types?($|:|-)|typecheck|tsc/.test(script)) return 'types'
  if (/build|compile|bundle|clean|transpile|generate|prepare/.test(script)) return 'build'
  if (/audit|publish|coverage-report/.test(script)) return 'network-audit'
  return 'test'
}
