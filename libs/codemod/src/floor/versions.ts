import semver from 'semver'

import type { Floor } from '../types.ts'

/** Newest edition that this engine knows: what `latest` and `esnext` stand for. */
export const LATEST_EDITION = 2025

/** First Node release that runs all of an edition's syntax (node.green; V8 release notes). */
const firstNode: readonly (readonly [edition: number, node: string])[] = [
  [2025, '24.0.0'],
  [2024, '22.0.0'],
  [2023, '20.0.0'],
  [2022, '16.11.0'],
  [2021, '15.0.0'],
  [2020, '14.0.0'],
  [2019, '12.0.0'],
  [2018, '10.0.0'],
  [2017, '7.6.0'],
  [2016, '7.0.0'],
  [2015, '6.0.0'],
  [5, '0.0.0'],
]

/** The newest edition that a Node version runs in full. */
export const editionOfNode = (version: string): number =>
  firstNode.find(([, node]) => semver.gte(version, node))?.[0] ?? 5

/** ESLint and TypeScript write editions as 6 or 2015 or es6: all become 3, 5 or a year. */
export const normalEdition = (value: unknown): number | undefined => {
  if (typeof value === 'number')
    return value >= 2015 ? value : value >= 6 ? 2009 + value : value === 3 || value === 5 ? value : undefined
  if (typeof value !== 'string') return undefined
  if (/^(latest|esnext)$/i.test(value)) return LATEST_EDITION
  const digits = /^(?:es)?(\d+)$/i.exec(value)?.[1]
  return digits ? normalEdition(Number(digits)) : undefined
}

/** What a recipe's output needs to run: an edition, and a Node version for library functions. */
export interface Need {
  readonly ecmaVersion: number
  readonly node?: string
}

/** Whether code with a need runs everywhere that a floor promises. */
export const meets = (floor: Floor, need: Need): boolean =>
  floor.ecmaVersion >= need.ecmaVersion &&
  (need.node === undefined || floor.node === undefined || semver.gte(floor.node, need.node))

/** An edition as people call it. */
export const editionName = (edition: number): string => `ES${edition}`

/** `node20`, `20`, `v20.1`, `>=20` as a Node version; undefined for other words. */
export const parseTarget = (target: string): string | undefined =>
  semver.coerce(/^(?:node)?\s*[v>=^~]*\s*(\d+(?:\.\d+){0,2})$/i.exec(target.trim())?.[1] ?? '')?.version
