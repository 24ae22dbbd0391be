import type { Tree } from '@iama/patch'
import { moduleShape } from '../sessions/export-names.ts'
import type { SessionSet, Step } from '../types.ts'
import { textOf } from './context.ts'
import { hiddenModules } from './surface-modules.ts'

/**
 * The sessions that can still be led through the patched code. In a project without tests, calls are made up for every
 * module; those of a module that no user can import may lose the export that they call. Whoever stands outside cannot
 * see that, and what they see is in other sessions.
 */
export const askableSessions = (
  before: Tree,
  after: Tree,
  { modules, sessions }: Pick<SessionSet, 'modules' | 'sessions'>,
): SessionSet['sessions'] => {
  const hidden = hiddenModules(before, modules)
  const left = new Map<string, ReadonlySet<string>>()
  for (const module of hidden) {
    const [old, now] = [moduleShape(module, textOf(before, module)), moduleShape(module, textOf(after, module))]
    if (old.esm && old.stars.length === 0 && now.stars.length === 0) left.set(module, new Set(now.names))
  }
  const isGone = ({ target }: Step): boolean => {
    if (!('module' in target)) return false
    const names = left.get(target.module)
    const [name] = target.path
    return names !== undefined && typeof name === 'string' && !names.has(name)
  }
  return sessions.filter(({ steps }) => !steps.some(isGone))
}
