import { unseenPlaces } from '../strength/unseen-places.ts'
import type { GateDetail, GateResult } from '../types.ts'
import { ReplayBroken, defaultReplayLimits } from '../sessions/replay-batch.ts'
import { replaySessions } from '../sessions/replay-sessions.ts'
import { counted, result, signalOf, type GateContext } from './context.ts'

const notCovered = ({ input, unasked }: GateContext): GateDetail[] => {
  const modules = input.sessions.notCovered.map(({ module, reason }): GateDetail => ({
    kind: 'note',
    subject: module,
    message: `not covered: ${reason}`,
  }))
  const left = [
    { n: unasked.gone, what: 'call what no user can import and what the patch took away' },
    { n: unasked.inside, what: 'call what stands inside of the package, which is private, where nobody asks for it' },
  ]
  const notes = left
    .filter(({ n }) => n > 0)
    .map(({ n, what }): GateDetail => ({
      kind: 'note',
      subject: 'not asked',
      message: `${counted(n, 'session')} ${what}`,
    }))
  return [...modules, ...notes]
}

const isTested = ({ input }: GateContext): boolean => input.checks.leaves.some(({ kind }) => kind === 'test')

const untested: GateDetail = {
  kind: 'note',
  subject: 'no tests',
  message: 'the sessions say what the code does, not what it is for; read the diff, or add tests for what matters',
}

/** Without sessions the tests alone speak; without tests as well, only what the engine has proven can pass. */
const unrecorded = (context: GateContext, notes: readonly GateDetail[]): GateResult => {
  const unproven = context.input.patch.edits.filter(({ evidence }) => evidence.kind !== 'proven')
  if (isTested(context))
    return result('characterization', 'warn', 'no session could be recorded: only the tests speak', notes)
  if (unproven.length === 0) {
    const summary = 'there are neither tests nor sessions: only the proofs of the edits speak'
    return result('characterization', 'warn', summary, notes)
  }
  const details = unproven.map(({ id, title }): GateDetail => ({
    kind: 'difference',
    subject: `edit ${id}: ${title}`,
    message: 'there are neither tests nor sessions that could show what it changes; add a test that calls this code',
  }))
  return result('characterization', 'fail', `nothing tells what ${counted(unproven.length, 'edit')} would change`, [
    ...details,
    ...notes,
  ])
}

const replayed = async (context: GateContext): Promise<GateResult> => {
  const { input } = context
  const { sessions } = input.sessions
  const notes = notCovered(context)
  if (sessions.length === 0) return unrecorded(context, notes)
  try {
    const limits = { ...defaultReplayLimits, ...signalOf(input) }
    const report = await replaySessions(input.workbench, input.patched, input.sessions, limits)
    const details = report.differences.map(({ session, label, before, after, code }): GateDetail => ({
      kind: 'difference',
      subject: `session ${session}: ${label}`,
      message: `before: ${before}\nafter: ${after}\n${code}`,
    }))
    const unstable = report.notes.map((message): GateDetail => ({ kind: 'note', subject: 'replay', message }))
    if (details.length > 0)
      return result('characterization', 'fail', `${details.length} of ${counted(report.replayed, 'session')} differ`, [
        ...details,
        ...unstable,
        ...notes,
      ])
    const same = `${counted(report.replayed, 'session')} without a difference`
    if (!isTested(context))
      return result('characterization', 'warn', `${same}, of calls that were made up: the project has no tests`, [
        untested,
        ...unstable,
        ...notes,
      ])
    return result('characterization', unstable.length > 0 ? 'warn' : 'pass', same, [...unstable, ...notes])
  } catch (error) {
    if (!(error instanceof ReplayBroken)) throw error
    const broken: GateDetail = { kind: 'difference', subject: 'replay', message: error.message }
    return result('characterization', 'fail', 'the patched modules cannot be replayed', [broken, ...notes])
  }
}

/** What a fault in each of its places would be noticed by speaks for an edit that nobody has proven. */
const restingOnSessions = async (context: GateContext, green: GateResult): Promise<GateResult> => {
  const { workbench, base, sessions, patch, strength, signal } = context.input
  const resting = patch.edits.filter(({ evidence }) => evidence.kind === 'verified')
  if (resting.length === 0) return green
  const options = { ...(strength ? { budget: strength } : {}), ...(signal ? { signal } : {}) }
  const unseen = await unseenPlaces(workbench, base, sessions, patch, options)
  const details = resting.flatMap(({ id, title }): GateDetail[] =>
    (unseen.get(id) ?? []).map((place) => ({
      kind: 'difference',
      subject: `edit ${id}: ${title}`,
      message: `no recorded session would notice a fault at ${place}; add a test that calls this code`,
    })),
  )
  const edits = counted(resting.length, 'edit')
  if (unseen.size > 0) {
    const summary = `${unseen.size} of ${edits} that rest on sessions change what no session looks at`
    return result('characterization', 'fail', summary, [...details, ...green.details])
  }
  const summary = `${green.summary}; they would notice a fault in each place of ${edits} that ${resting.length === 1 ? 'rests' : 'rest'} on them`
  return { ...green, summary }
}

/**
 * Gate 2: the recorded sessions, stable three times on the untouched code, give the same on the patched, and they look
 * at every place of the edits that rest on them.
 */
export const characterizationGate = async (context: GateContext): Promise<GateResult> => {
  const found = await replayed(context)
  return found.status === 'fail' ? found : await restingOnSessions(context, found)
}
