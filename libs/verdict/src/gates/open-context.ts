import { defaultLimits } from '../baseline/run-leaf.ts'
import { outerSessions } from '../sessions/outer-sessions.ts'
import { defaultReplayLimits } from '../sessions/replay-batch.ts'
import type { VerifyInput } from '../types.ts'
import { askableSessions } from './askable-sessions.ts'
import { convertedModules } from './converted-modules.ts'
import { changedPaths, readTree, signalOf, type GateContext } from './context.ts'

/** Reads both trees, once for all gates. */
export const openContext = async (given: VerifyInput): Promise<GateContext> => {
  const baseTree = await readTree(given.workbench, given.base)
  const patchedTree = await readTree(given.workbench, given.patched)
  const changed = changedPaths(baseTree, patchedTree)
  const askable = askableSessions(baseTree, patchedTree, given.sessions)
  const converted = convertedModules(baseTree, patchedTree, given.allow)
  const limits = { ...defaultReplayLimits, ...signalOf(given) }
  const set = { ...given.sessions, sessions: askable }
  const sessions = await outerSessions(given.workbench, given.base, set, converted.inside, limits)
  const unasked = {
    gone: given.sessions.sessions.length - askable.length,
    inside: askable.length - sessions.sessions.length,
  }
  const input = { ...given, sessions }
  return { input, unasked, converted, baseTree, patchedTree, changed, limits: { ...defaultLimits, ...input.limits } }
}
