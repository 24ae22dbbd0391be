import type { Allowance } from '../types.ts'
import { roleOf } from './file-roles.ts'

const parse = (text: string): Record<string, unknown> | undefined => {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as Record<string, unknown>
  } catch {
    return undefined
  }
}

const manifestRest = (text: string): string | undefined => {
  const json = parse(text)
  if (json === undefined) return undefined
  const { engines, browserslist: _, eslintConfig, ...rest } = json
  const { node: __, ...otherEngines } = (engines ?? {}) as Record<string, unknown>
  return JSON.stringify([rest, otherEngines, lintRest(JSON.stringify(eslintConfig ?? {}))])
}

/** A lint configuration without what it says about the language's edition, and without white space and commas. */
export const lintRest = (text: string): string =>
  text
    .replace(/(["']?)(ecmaVersion)\1\s*:\s*(["']?)[\w.]+\3/g, '')
    // the parser refuses reserved words as names from ES5 on, and the option that allows them with it
    .replace(/(["']?)allowReserved\1\s*:\s*false/g, '')
    .replace(/(["']?)es(6|20\d\d)\1\s*:\s*true/g, '')
    .replace(/[\s,]/g, '')
    .replace(/(["']?)(parserOptions|env|languageOptions)\1:\{\}/g, '')

/** A compiler configuration without its language level. */
const compilerRest = (text: string): string =>
  text
    .replace(/"target"\s*:\s*"[^"]*"/g, '')
    .replace(/"lib"\s*:\s*\[[^\]]*\]/g, '')
    .replace(/[\s,]/g, '')

/** Whether the change of a protected file is no more than an approved raise of the language floor. */
export const isFloorChange = (path: string, before: string, after: string, allow: Allowance): boolean => {
  if (allow.floorRaised !== true || before === '' || after === '') return false
  if (/(^|\/)package\.json$/.test(path)) {
    const rest = manifestRest(before)
    return rest !== undefined && rest === manifestRest(after)
  }
  if (/(^|\/)(\.browserslistrc|\.nvmrc|\.node-version)$/.test(path)) return true
  if (roleOf(path) === 'lint') return lintRest(before) === lintRest(after)
  return /(^|\/)tsconfig[^/]*\.json$/.test(path) && compilerRest(before) === compilerRest(after)
}
