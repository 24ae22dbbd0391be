import { baselineGate } from './gates/baseline-gate.ts'
import { characterizationGate } from './gates/characterization-gate.ts'
import { numbers, type GateContext } from './gates/context.ts'
import { equivalenceGate } from './gates/equivalence-gate.ts'
import { integrityGate } from './gates/integrity-gate.ts'
import { scopeGate } from './gates/scope-gate.ts'
import { strengthGate } from './gates/strength-gate.ts'
import { surfaceGate } from './gates/surface-gate.ts'
import { contextInLanes, laneCount, Lanes } from './lanes.ts'
import { isLargeTree } from './large-tree.ts'
import { smallCommits } from './small-commits.ts'
import type { GateProgress, GateResult, VerdictCommit } from './types.ts'

type Gate = (context: GateContext, earlier: readonly GateResult[]) => Promise<GateResult>

/** Whoever watches learns early that a patch is red; the longest chain of commands must not begin last. */
const urgencies = { baseline: 0, characterization: 0, strength: 1, equivalence: 1, surface: 2, commits: 3 } as const

export const isRed = (results: readonly GateResult[]): boolean => results.some(({ status }) => status === 'fail')

class Questions {
  readonly #context: GateContext
  readonly #onProgress: (progress: GateProgress) => void
  readonly #over = new AbortController()
  readonly lanes = new Lanes()
  /** Aborted by the caller, or when one question cannot be answered: then nobody wants the others. */
  readonly signal: AbortSignal

  constructor(context: GateContext, onProgress: (progress: GateProgress) => void) {
    this.#context = context
    this.#onProgress = onProgress
    const { signal } = context.input
    this.signal = signal === undefined ? this.#over.signal : AbortSignal.any([signal, this.#over.signal])
  }

  at(urgency: number, { alone = false, signal = this.signal } = {}): GateContext {
    return contextInLanes(this.#context, { lanes: this.lanes, urgency, alone, signal })
  }

  async ask(gate: GateResult['gate'], run: () => Promise<GateResult>): Promise<GateResult> {
    this.signal.throwIfAborted()
    const started = performance.now()
    const number = numbers[gate]
    this.#onProgress({ gate, number, state: 'started' })
    const result = await run()
    this.#onProgress({ gate, number, state: 'finished', ms: Math.round(performance.now() - started), result })
    return result
  }

  /**
   * What all of it comes to; when a question fails, the others end before its error is thrown. A command that the caller
   * had killed says nothing about the patch, whatever a gate makes of it.
   */
  async all<Answer>(questions: readonly Promise<unknown>[], answer: Promise<Answer>): Promise<Answer> {
    const { signal } = this.#context.input
    try {
      const given = await answer
      signal?.throwIfAborted()
      return given
    } catch (error) {
      this.#over.abort(error)
      await Promise.allSettled(questions)
      signal?.throwIfAborted()
      throw error
    }
  }
}

/**
 * What may turn out not to be wanted, begun before that is known. Nobody hears of it when it was dropped.
 */
const begin = <Result, Known>(
  signal: AbortSignal,
  known: Promise<Known>,
  work: (signal: AbortSignal) => Promise<Result>,
) => {
  const unwanted = new AbortController()
  const result = work(AbortSignal.any([signal, unwanted.signal]))
  void Promise.allSettled([result]) // whoever takes it hears of what went wrong
  const drop = async (): Promise<void> => {
    unwanted.abort(new Error('the patch is red'))
    await Promise.allSettled([result])
  }
  const first = known.catch(async (error: unknown) => {
    await drop()
    throw error
  })
  return { result, drop, known: first }
}

/** The project's own tests may lean on time: what is red beside other commands is asked once more alone. */
const askBaseline = async (questions: Questions): Promise<GateResult> => {
  const beside = await baselineGate(questions.at(urgencies.baseline))
  return beside.status === 'fail' ? await baselineGate(questions.at(urgencies.baseline, { alone: true })) : beside
}

/** Asked before all other gates are known to be green; of a patch that is red it is not measured. */
const askStrength = async (
  context: GateContext,
  questions: Questions,
  known: Promise<readonly GateResult[]>,
): Promise<GateResult> => {
  const begun = begin(questions.signal, known, (signal) =>
    strengthGate(
      questions.at(urgencies.strength, { signal }),
      [],
      questions.at(urgencies.strength, { signal, alone: true }),
    ),
  )
  const earlier = await begun.known
  if (!isRed(earlier)) return await begun.result
  await begun.drop()
  return await strengthGate(context, earlier)
}

const askCommits = async (
  context: GateContext,
  questions: Questions,
  known: Promise<readonly GateResult[]>,
  atOnce: number,
): Promise<readonly VerdictCommit[]> => {
  const { lanes } = questions
  const begun = begin(questions.signal, known, (signal) =>
    smallCommits(context, { lanes, urgency: urgencies.commits, signal }, atOnce),
  )
  if (!isRed(await begun.known)) return await begun.result
  await begun.drop()
  return []
}

/**
 * Asks the seven gates, and which commits a green patch is made of. The rules that need no run come first; the rest
 * goes side by side, two commands at once. Strength and commits, which a red patch does not need, begin as soon as the
 * project's tests and the recorded sessions are green; in a large tree, when everything is.
 */
export const askGates = async (context: GateContext, onProgress: (progress: GateProgress) => void) => {
  const questions = new Questions(context, onProgress)
  const rule = (gate: 'integrity' | 'scope', run: Gate) => questions.ask(gate, () => run(context, []))
  const rules = [await rule('integrity', integrityGate), await rule('scope', scopeGate)]
  const characterization = questions.ask('characterization', () =>
    characterizationGate(questions.at(urgencies.characterization)),
  )
  const baseline = questions.ask('baseline', () => askBaseline(questions))
  const surface = questions.ask('surface', () => surfaceGate(questions.at(urgencies.surface)))
  const equivalence = characterization.then((earlier) =>
    questions.ask('equivalence', () => equivalenceGate(questions.at(urgencies.equivalence), [earlier])),
  )
  const large = isLargeTree(context.baseTree)
  const first = Promise.all([characterization, baseline]).then((results) => [...rules, ...results])
  const known = Promise.all([first, surface, equivalence]).then(([results, ...others]) => [...results, ...others])
  const ready = large ? known : first
  const strength = ready.then(async (results) =>
    questions.ask('strength', () =>
      isRed(results) ? known.then((earlier) => strengthGate(context, earlier)) : askStrength(context, questions, known),
    ),
  )
  const commits = ready.then(async (results) => {
    if (isRed(results)) return []
    if (large) await strength
    return await askCommits(context, questions, known, large ? 1 : laneCount)
  })
  const answer = Promise.all([known, strength, commits])
  const asked = [characterization, baseline, surface, equivalence, strength, commits]
  const [gates, measured, split] = await questions.all(asked, answer)
  return { gates: [...gates, measured], commits: split }
}
