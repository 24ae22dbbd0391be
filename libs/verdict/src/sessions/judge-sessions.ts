import { allEnded } from '../all-ended.ts'
import type { Session } from '../types.ts'
import type { Workbench } from '../workbench.ts'
import { labelOf } from './print-step.ts'
import type { RawSession } from './records.ts'
import { replayBatch, type ReplayedSession, type ReplayLimits } from './replay-batch.ts'

export interface Candidate {
  readonly raw: RawSession
  readonly origin: Session['origin']
}

export interface Judged {
  readonly kept: readonly Session[]
  /** The recordings of the kept sessions, in the same order. */
  readonly raws: readonly RawSession[]
  readonly notReproduced: number
  readonly unstable: number
}

const dir = 'verdict-replay'
const besideDir = 'verdict-replay-beside'
const mostRounds = 8

const toSession = ({ raw, origin }: Candidate, replayed: ReplayedSession): Session => ({
  id: raw.id,
  origin,
  modules: raw.modules,
  async: raw.async,
  callbacks: raw.callbacks,
  steps: raw.steps.map((step) => ({ ...step, label: labelOf(step) })),
  expected: replayed.steps.map((step) => step.out),
})

const reproduces = (raw: RawSession, replayed: ReplayedSession): boolean =>
  raw.recorded.every((recorded, i) => {
    const step = replayed.steps[i]
    return step !== undefined && (step.plain ?? step.out.split('\n', 1)[0]) === recorded
  })

/** Outcomes that say nothing about the code: nothing can be compared with them. */
const isMute = (replayed: ReplayedSession): boolean =>
  replayed.steps.some(({ out }) => /^(hangs|ends the process|never settled|not replayed|undriven)/.test(out))

const sameOutcome = (session: Session, replayed: ReplayedSession): boolean =>
  session.expected.length === replayed.steps.length &&
  session.expected.every((text, i) => text === replayed.steps[i]!.out)

interface Left {
  readonly candidate: Candidate
  /** Undefined until it has been replayed once. */
  readonly session: Session | undefined
}

/**
 * Replays candidates on the untouched code, `rounds` times or more, each time in a fresh process: what does not give
 * what was recorded goes, then what is not the same every time. The first two of several rounds go side by side; the
 * last one is of exactly the kept sessions, for one may lean on what another left behind in its module.
 * @throws ReplayBroken when the replaying process dies
 */
export const judgeSessions = async (
  workbench: Workbench,
  base: string,
  modules: readonly string[],
  candidates: readonly Candidate[],
  { rounds, limits }: { readonly rounds: number; readonly limits: ReplayLimits },
  onProgress: (text: string) => void = () => {},
): Promise<Judged> => {
  const at = rounds > 1 ? [dir, besideDir] : [dir]
  await allEnded(at.map((each) => workbench.fork(base, each)))
  try {
    let notReproduced = 0
    let unstable = 0
    let left: readonly Left[] = candidates.map((candidate) => ({ candidate, session: undefined }))
    const replay = (where: string): Promise<ReplayedSession[]> =>
      replayBatch(
        workbench,
        where,
        modules,
        left.map(({ candidate }) => candidate.raw),
        limits,
      )
    /** What stays of each, in the same order. */
    const judge = (each: readonly (Left | undefined)[], replayed: readonly ReplayedSession[]) =>
      each.map((one, i): Left | undefined => {
        if (one === undefined) return undefined
        const { candidate, session } = one
        const result = replayed[i]!
        if (session !== undefined) {
          if (sameOutcome(session, result)) return one
          unstable++
          return undefined
        }
        if (!isMute(result) && reproduces(candidate.raw, result))
          return { candidate, session: toSession(candidate, result) }
        notReproduced++
        return undefined
      })
    for (let round = 0, dropped = 0; round < rounds || (rounds > 1 && dropped > 0 && round < mostRounds);) {
      onProgress(`replay ${round + 1}: ${left.length} sessions`)
      const before = left.length
      const replays = await allEnded<ReplayedSession[][]>((round === 0 ? at : [dir]).map(replay))
      left = replays.reduce(judge, left).filter((one) => one !== undefined)
      dropped = before - left.length
      round += replays.length
    }
    return {
      kept: left.map(({ session }) => session!),
      raws: left.map(({ candidate }) => candidate.raw),
      notReproduced,
      unstable,
    }
  } finally {
    for (const each of at) await workbench.remove(each)
  }
}
