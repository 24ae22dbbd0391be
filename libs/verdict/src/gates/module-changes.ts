import type { Allowance } from '../types.ts'
import { isFloorChange } from './floor-changes.ts'
import { readManifest, type Manifest } from './manifest.ts'

const withoutType = ({ type: _, ...rest }: Manifest): string => JSON.stringify(rest)

/** Only `type` says something else, and where the floor is raised as well, what may be raised. */
const becomesModule = (path: string, before: Manifest, after: Manifest, allow: Allowance): boolean => {
  if (before['private'] !== true || after['private'] !== true) return false
  if (after['type'] !== 'module' || ![undefined, 'commonjs'].includes(before['type'] as string | undefined))
    return false
  const [was, is] = [withoutType(before), withoutType(after)]
  return was === is || isFloorChange(path, was, is, allow)
}

/** A new package.json that says of its folder what the package said before, and nothing else. */
const staysCommonJs = (path: string, after: Manifest): boolean =>
  path.endsWith('/package.json') &&
  !/(^|\/)node_modules\//.test(path) &&
  Object.keys(after).length === 1 &&
  after['type'] === 'commonjs'

/** Whether the change of a protected file is no more than an approved change of a private package to ES modules. */
export const isModulesChange = (path: string, before: string, after: string, allow: Allowance): boolean => {
  if (allow.esModules !== true) return false
  if (after.startsWith('\uFEFF') && !before.startsWith('\uFEFF')) return false
  const [was, is] = [readManifest(before), readManifest(after)]
  if (is === undefined) return false
  if (path === 'package.json') return was !== undefined && becomesModule(path, was, is, allow)
  return before === '' && staysCommonJs(path, is)
}
