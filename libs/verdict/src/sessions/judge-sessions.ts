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
  ...(raw.promises === undefined ? {} : { promises: raw.promises }),
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

/** What sessions may have in common that keeps others from being the same every time. */
const kinOf = ({ candidate: { raw } }: Left, isWide: boolean): readonly string[] =>
  isWide ? raw.modules : raw.steps.map(({ target }) => JSON.stringify(target))

/** Without those that use what the lost ones use: functions, or whole modules. */
const withoutKin = (left: readonly Left[], lost: readonly Left[], isWide: boolean): Left[] => {
  const gone = new Set(lost.flatMap((one) => kinOf(one, isWide)))
  return left.filter((one) => !kinOf(one, isWide).some((each) => gone.has(each)))
}

/**
 * Replays candidates on the untouched code, `rounds` times or more, each time in a fresh process: what does not give
 * what was recorded goes, then what is not the same every time. The first two of several rounds go side by side; the
 * last one is of exactly the kept sessions, for one may lean on what another left behind in its module. Where a
 * neighbour has gone, a call that was made up may give something else from then on; what a test recorded may not. What
 * still loses some in every round goes with all that uses the same functions, then the same modules.
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
    let left: readonly Left[] = candidates.map((candidate) => ({ candidate, session: undefined }))
    const replay = (where: string): Promise<ReplayedSession[]> =>
      replayBatch(
        workbench,
        where,
        modules,
        left.map(({ candidate }) => candidate.raw),
        limits,
      )
    const judge = (one: Left, replayed: ReplayedSession, hasNewNeighbours: boolean): Left | undefined => {
      const { candidate, session } = one
      if (session !== undefined && sameOutcome(session, replayed)) return one
      const isFree = session === undefined ? reproduces(candidate.raw, replayed) : candidate.origin !== 'recorded'
      const isNew = session === undefined || hasNewNeighbours
      if (isNew && isFree && !isMute(replayed)) return { candidate, session: toSession(candidate, replayed) }
      if (session === undefined) notReproduced++
      return undefined
    }
    let round = 0
    let lost: readonly Left[] = []
    for (let isSettled = rounds === 1; round < rounds || (!isSettled && left.length > 0);) {
      onProgress(`replay ${round + 1}: ${left.length} sessions`)
      const replays = await allEnded<ReplayedSession[][]>((round === 0 ? at : [dir]).map(replay))
      const hasNewNeighbours = lost.length > 0
      const judged = left.map((before, i) => {
        const after = replays.reduce<Left | undefined>(
          (one, replayed) => one && judge(one, replayed[i]!, hasNewNeighbours),
          before,
        )
        return { before, after }
      })
      lost = judged.flatMap(({ before, after }) => (after ? [] : [before]))
      left = judged.flatMap(({ after }) => after ?? [])
      isSettled = rounds === 1 || judged.every(({ before, after }) => before === after)
      round += replays.length
      if (lost.length > 0 && round > rounds) left = withoutKin(left, lost, round > mostRounds)
    }
    return {
      kept: left.map(({ session }) => session!),
      raws: left.map(({ candidate }) => candidate.raw),
      notReproduced,
      unstable: candidates.length - left.length - notReproduced,
    }
  } finally {
    for (const each of at) await workbench.remove(each)
  }
}
