import semver from 'semver'

import type { Tree } from '@iama/patch'

import type { SourceUnit } from '../source-unit.ts'
import type { LanguageFloor } from '../types.ts'
import { eslintEvidence } from './eslint-config.ts'
import { browserslistEvidence, enginesEvidence, tsconfigEvidence } from './package-sources.ts'
import { syntaxEvidence } from './syntax-used.ts'
import { LATEST_EDITION } from './versions.ts'

/** The lowest of all that a project says about where its code must run; every source stays as evidence. */
export const floorOf = (tree: Tree, units: readonly SourceUnit[]): LanguageFloor => {
  const hasTypeScript = units.some(({ language, role }) => language === 'typescript' && role === 'source')
  const evidence = [
    ...enginesEvidence(tree),
    ...browserslistEvidence(tree),
    ...(hasTypeScript ? tsconfigEvidence(tree) : []),
    ...eslintEvidence(tree),
    ...syntaxEvidence(units),
  ].sort((one, other) => one.ecmaVersion - other.ecmaVersion)
  const nodes = evidence.flatMap(({ node }) => node ?? []).sort(semver.compare)
  const ecmaVersion = evidence[0]?.ecmaVersion ?? LATEST_EDITION
  return nodes[0] === undefined ? { ecmaVersion, evidence } : { ecmaVersion, node: nodes[0], evidence }
}
