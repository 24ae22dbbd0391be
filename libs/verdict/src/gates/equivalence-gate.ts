import { defaultEquivalence, findDifferences } from '../equivalence/equivalence.ts'
import { PatchedBroken } from '../equivalence/side-by-side.ts'
import { ReplayBroken } from '../sessions/replay-batch.ts'
import type { GateDetail, GateResult } from '../types.ts'
import { counted, result, signalOf, textOf, type GateContext } from './context.ts'

/** The text of every recorded module, before and after. */
const textsOf = ({ input, baseTree, patchedTree }: GateContext): ReadonlyMap<string, string> =>
  new Map(
    input.sessions.modules.flatMap((module) => [
      [module, textOf(baseTree, module)],
      [`patched/${module}`, textOf(patchedTree, module)],
    ]),
  )

/**
 * Gate 4: the untouched and the patched code are led side by side through sessions that nobody recorded, near the
 * recorded ones and at odd values. A difference counts when it comes back in fresh processes; it is made small and shown
 * as code.
 */
export const equivalenceGate = async (
  context: GateContext,
  earlier: readonly GateResult[] = [],
): Promise<GateResult> => {
  const red = earlier.find(({ gate, status }) => gate === 'characterization' && status === 'fail')
  if (red !== undefined) return result('equivalence', 'not-applicable', 'not asked: gate 2 is red already')
  const { input } = context
  if (input.sessions.sessions.length === 0)
    return result('equivalence', 'not-applicable', 'no session was recorded that could be led on')
  try {
    const { led, different, differences } = await findDifferences({
      ...{ workbench: input.workbench, base: input.base, patched: input.patched, sessions: input.sessions },
      texts: textsOf(context),
      seed: input.seed,
      budget: { ...defaultEquivalence, ...input.equivalence },
      ...signalOf(input),
    })
    if (led === 0) return result('equivalence', 'not-applicable', 'no session takes arguments that could be varied')
    if (different === 0) return result('equivalence', 'pass', `${counted(led, 'session')} side by side, no difference`)
    const details = differences.map(({ session, label, before, after, code }): GateDetail => ({
      kind: 'difference',
      subject: `session ${session}: ${label}`,
      message: `before: ${before}\nafter: ${after}\n${code}`,
    }))
    return result('equivalence', 'fail', `${different} of ${counted(led, 'session')} side by side differ`, details)
  } catch (error) {
    if (!(error instanceof ReplayBroken)) throw error
    if (error instanceof PatchedBroken)
      return result('equivalence', 'fail', 'the patched modules cannot be led side by side with the untouched ones', [
        { kind: 'difference', subject: 'replay', message: error.message },
      ])
    return result('equivalence', 'warn', 'the two versions could not be led side by side', [
      { kind: 'note', subject: 'replay', message: error.message },
    ])
  }
}
