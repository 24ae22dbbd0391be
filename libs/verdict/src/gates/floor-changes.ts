import type { Allowance } from '../types.ts'
import { roleOf } from './file-roles.ts'
import { readManifest } from './manifest.ts'
import { settingsTokens, withoutProperties } from './settings-tokens.ts'

type Rest = (path: string, text: string) => string | undefined

const isEdition = (name: string, value: readonly string[]): boolean => {
  const [text = '', ...more] = value
  if (more.length > 0) return more.length === 1 && text === '{' && /^(parserOptions|env|languageOptions)$/.test(name)
  if (name === 'ecmaVersion') return /^(\d+|(["'])\w+\2)$/.test(text)
  // the parser refuses reserved words as names from ES5 on, and the option that allows them with it
  return name === 'allowReserved' ? text === 'false' : /^es(6|20\d\d)$/.test(name) && text === 'true'
}

const untilNothingGoes = (tokens: readonly string[], isOut: typeof isEdition): string => {
  const left = withoutProperties(tokens, isOut)
  return left.length === tokens.length ? JSON.stringify(left) : untilNothingGoes(left, isOut)
}

/** In YAML and lists of patterns each line says something, and its white space, too. */
const linesRest = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/^\s*(ecmaVersion:\s*(\d+|latest)|allowReserved:\s*false|es(6|20\d\d):\s*true)\s*$/.test(line))
    .join('\n')

/** A lint configuration without what it says about the language's edition. */
const lintRest: Rest = (path, text) => {
  const isTokens = /\.(json|[cm]?[jt]s)$/.test(path) || /^\s*(\/[/*]|\{)/.test(text)
  if (!isTokens) return linesRest(text)
  const tokens = settingsTokens(path, text)
  return tokens && untilNothingGoes(tokens, isEdition)
}

const isLevel = (name: string, value: readonly string[]): boolean =>
  name === 'target' ? value.length === 1 && /^["']/.test(value[0]!) : name === 'lib' && value[0] === '['

/** A compiler configuration without its language level. */
const compilerRest: Rest = (path, text) => {
  const tokens = settingsTokens(path, text)
  return tokens && untilNothingGoes(tokens, isLevel)
}

const manifestRest: Rest = (_path, text) => {
  const json = readManifest(text)
  if (json === undefined) return undefined
  const { engines, browserslist: _, eslintConfig, ...rest } = json
  const { node: __, ...otherEngines } = (engines ?? {}) as Record<string, unknown>
  return JSON.stringify([rest, otherEngines, lintRest('.json', JSON.stringify(eslintConfig ?? {}))])
}

const isSame = (rest: Rest, path: string, before: string, after: string): boolean => {
  const left = rest(path, before)
  return left !== undefined && left === rest(path, after)
}

/** Whether the change of a protected file is no more than an approved raise of the language floor. */
export const isFloorChange = (path: string, before: string, after: string, allow: Allowance): boolean => {
  if (allow.floorRaised !== true || before === '' || after === '') return false
  if (before.startsWith('\uFEFF') !== after.startsWith('\uFEFF')) return false
  if (/(^|\/)package\.json$/.test(path)) return isSame(manifestRest, path, before, after)
  if (/(^|\/)(\.browserslistrc|\.nvmrc|\.node-version)$/.test(path)) return true
  if (roleOf(path) === 'lint') return isSame(lintRest, path, before, after)
  return /(^|\/)tsconfig[^/]*\.json$/.test(path) && isSame(compilerRest, path, before, after)
}
