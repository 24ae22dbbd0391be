import { defaultLimits } from '../baseline/run-leaf.ts'
import type { VerifyInput } from '../types.ts'
import { askableSessions } from './askable-sessions.ts'
import { changedPaths, readTree, type GateContext } from './context.ts'

/** Reads both trees, once for all gates. */
export const openContext = async (given: VerifyInput): Promise<GateContext> => {
  const baseTree = await readTree(given.workbench, given.base)
  const patchedTree = await readTree(given.workbench, given.patched)
  const changed = changedPaths(baseTree, patchedTree)
  const sessions = askableSessions(baseTree, patchedTree, given.sessions)
  const unasked = given.sessions.sessions.length - sessions.length
  const input = { ...given, sessions: { ...given.sessions, sessions } }
  return { input, unasked, baseTree, patchedTree, changed, limits: { ...defaultLimits, ...input.limits } }
}
