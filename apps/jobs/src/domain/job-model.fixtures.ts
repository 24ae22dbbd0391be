import type { Intervention, JobCommand } from './commands.ts'
import * as story from './job.fixtures.ts'
import type { JobState } from './job.ts'

// The job once more in the plainest words, written from the design and not from the decider: what may be asked or
// recorded when, and what becomes of the job. The decider is held against it.

/** What of a job decides where it may go. */
export interface Model {
  state: JobState | 'NONE'
  epoch: number
  now: number
  lastSeen: number
  attached: boolean
  auto: boolean
  /** It judges a patch from elsewhere. */
  check: boolean
  tier: 'FREE' | 'PRO' | 'MAX'
  /** Revisions of the spec; 0 while there is no draft. */
  revisions: number
  clarifying: boolean
  attempt: number
  failures: string[]
  candidate: 'none' | 'untold' | 'green' | 'red'
  /** Whose patch comes next. */
  due: 'any' | 'own edits' | 'green part'
  resume: JobState
  reason: string
  narrowed: boolean
  choosing: boolean
  accepting: boolean
  reverting: boolean
}

export const unborn = (): Model => ({
  state: 'NONE',
  epoch: 0,
  now: story.noon,
  lastSeen: story.noon,
  attached: true,
  auto: false,
  check: false,
  tier: 'FREE',
  revisions: 0,
  clarifying: false,
  attempt: 0,
  failures: [],
  candidate: 'none',
  due: 'any',
  resume: 'ANALYZING',
  reason: '',
  narrowed: false,
  choosing: false,
  accepting: false,
  reverting: false,
})

/** One thing that may be asked of a job, or recorded about it. */
export interface Action {
  readonly name: string
  /** How often it is tried, against the others. */
  readonly weight: number
  readonly command: (model: Model) => JobCommand
  readonly isLegal: (model: Model) => boolean
  readonly happens: (model: Model) => void
}

const never = (): boolean => false
const nothing = (): void => {}
const during =
  (...states: JobState[]) =>
  (model: Model): boolean =>
    model.state !== 'NONE' && states.includes(model.state)

const isBusy = (m: Model): boolean =>
  during('ANALYZING', 'GENERATING_TESTS', 'BASELINE_VALIDATION')(m) ||
  during('REFACTORING', 'SELF_HEALING', 'DEEP_FIX', 'CHECKING')(m) ||
  (m.state === 'WAITING_SPEC_APPROVAL' && m.revisions === 0)
const isOpen = (m: Model): boolean =>
  !during('ACCEPTED', 'REVERTED', 'CANCELLED', 'FAILED', 'CHECKED')(m) && m.state !== 'NONE' && !m.accepting
const isEditable = (m: Model): boolean =>
  during('WAITING_SPEC_APPROVAL', 'REFACTORING', 'SELF_HEALING', 'DELIVERED', 'WAITING_INTERVENTION')(m) &&
  m.revisions > 0 &&
  !m.accepting
const isPatching = during('REFACTORING', 'SELF_HEALING', 'DEEP_FIX')
const delivers = (m: Model): boolean => isPatching(m) || m.state === 'DELIVERED'
const isTrying = (m: Model): boolean => delivers(m) || m.state === 'CHECKING'
const isAnalyzing = (check: boolean) => (m: Model) => m.state === 'ANALYZING' && m.check === check
const hadPatches = (m: Model): boolean =>
  m.state === 'WAITING_INTERVENTION' && ['REFACTORING', 'SELF_HEALING', 'DEEP_FIX'].includes(m.resume)
const isFree = (m: Model): boolean => m.state === 'DELIVERED' && !m.choosing && !m.accepting

const goTo = (state: JobState) => (m: Model) => {
  m.state = state
}
const end = (state: JobState) => (m: Model) => {
  m.state = state
  m.choosing = false
  if (state === 'CANCELLED') m.epoch += 1
}
const wait = (m: Model, reason: string, resume: JobState) => {
  Object.assign(m, { state: 'WAITING_INTERVENTION', reason, resume })
}
/** Nobody waits at a check: it fails. */
const interrupt = (reason: string) => (m: Model) => (m.check ? end('FAILED')(m) : wait(m, reason, m.state as JobState))
const reviseSpec = (m: Model) => {
  const forgotten = { attempt: 0, failures: [], candidate: 'none', due: 'any', choosing: false, clarifying: false }
  Object.assign(m, forgotten, { state: 'WAITING_SPEC_APPROVAL', epoch: m.epoch + 1, revisions: m.revisions + 1 })
}
const resume = (m: Model, state: JobState, newRound: boolean) => {
  m.state = state
  m.epoch += 1
  if (!newRound) return
  m.attempt = state === 'SELF_HEALING' ? 1 : 0
  m.failures = []
  m.due = 'any'
  if (m.candidate !== 'red') m.candidate = 'none'
}
const retry = (m: Model) => resume(m, m.resume, ['ATTEMPTS_EXHAUSTED', 'REPEATED_FAILURE'].includes(m.reason))
const withoutL3 = (state: JobState): JobState => (state === 'DEEP_FIX' ? 'SELF_HEALING' : state)
const fail = (fingerprint: string) => (m: Model) => {
  m.candidate = m.state === 'DELIVERED' ? 'none' : 'red'
  if (m.state === 'CHECKING') {
    m.state = 'CHECKED'
    return
  }
  if (m.state === 'DELIVERED') {
    m.choosing = false
    return
  }
  m.failures.push(fingerprint)
  const lastThree = m.failures.slice(-3)
  if (m.state === 'DEEP_FIX') wait(m, 'ATTEMPTS_EXHAUSTED', 'SELF_HEALING')
  else if (lastThree.length === 3 && lastThree.every((one) => one === fingerprint))
    wait(m, 'REPEATED_FAILURE', 'SELF_HEALING')
  else if (m.attempt === (m.tier === 'FREE' ? 3 : 6)) wait(m, 'ATTEMPTS_EXHAUSTED', 'SELF_HEALING')
  else Object.assign(m, { state: 'SELF_HEALING', attempt: m.attempt + 1 })
}
const make = (m: Model) => Object.assign(m, { candidate: 'untold', due: 'any' })
const deliver = (m: Model) =>
  Object.assign(m, { state: 'DELIVERED', candidate: 'none', due: 'any', narrowed: m.choosing, choosing: false })
const breakOff = (m: Model) => {
  if (m.accepting && m.state === 'DELIVERED') m.accepting = false
  else if (m.choosing) Object.assign(m, { choosing: false, candidate: 'none' })
  else if (m.reverting) m.reverting = false
  else m.state = 'FAILED'
}

const isClarifying = (m: Model): boolean => m.state === 'WAITING_SPEC_APPROVAL' && m.clarifying
const mayAsk = (m: Model): boolean => m.state === 'WAITING_SPEC_APPROVAL' && m.revisions > 0 && !m.clarifying
const token = (m: Model) => `token-${m.revisions}`
const edit = (m: Model, read = token(m)) => ({
  token: read,
  nextToken: `token-${m.revisions + 1}`,
  content: `spec-${m.revisions + 1}`,
})
const intervene = (intervention: Intervention) => () => story.intervene(intervention)
const subsetPatch = { artifact: 'patch-2', edits: ['e-2', 'e-3'], dropped: [] }
const routeOf = (m: Model) => (m.state === 'DEEP_FIX' ? 'L3' : m.attempt > 3 ? 'L2' : 'L1')
const tryBy = (source: 'ROUTE' | 'GREEN_PART' | 'OWN_EDITS' | 'SUBSET', routed = false) => {
  const patch = source === 'SUBSET' ? subsetPatch : story.patch
  return (m: Model) => story.recordAttempt(m.attempt, { source, route: routed ? routeOf(m) : null, patch })
}
const judged = (m: Model) => ({ patch: m.state === 'DELIVERED' ? 'patch-2' : 'patch-1' })

const action = (
  name: string,
  weight: number,
  command: Action['command'],
  isLegal: Action['isLegal'],
  happens: Action['happens'] | object,
): Action => ({
  name,
  weight,
  command,
  isLegal,
  happens: typeof happens === 'function' ? (happens as Action['happens']) : (m) => Object.assign(m, happens),
})

const creations = (['FREE', 'PRO', 'MAX'] as const).flatMap((tier) =>
  [true, false].flatMap((auto) =>
    [true, false].map((attached) =>
      action(
        `create ${tier} auto=${auto} attached=${attached}`,
        tier === 'MAX' ? 6 : 1,
        () => ({ ...story.create(), autoSelect: auto, attached }) as JobCommand,
        (m) => m.state === 'NONE',
        (m: Model) => Object.assign(m, { state: 'PENDING', tier, auto, attached, lastSeen: m.now }),
      ),
    ),
  ),
)

const checkCreation = action(
  'create a check',
  10,
  () => ({ ...story.create(), order: story.checkOrder, attached: true }) as JobCommand,
  (m) => m.state === 'NONE',
  (m: Model) => Object.assign(m, { state: 'PENDING', tier: 'MAX', check: true, attached: true, lastSeen: m.now }),
)

/** Weights keep most jobs alive long enough to see the later states. */
export const actions: readonly Action[] = [
  ...creations,
  checkCreation,
  action('start', 20, story.start, during('PENDING'), goTo('QUOTA_RESERVING')),
  action('reserved', 40, (m) => story.recordReservation(m.tier), during('QUOTA_RESERVING'), goTo('ANALYZING')),
  action('exhausted', 1, () => story.recordReservation(null), during('QUOTA_RESERVING'), end('FAILED')),
  action(
    'proposals',
    40,
    () => story.recordAnalysis(),
    isAnalyzing(false),
    (m: Model) => goTo(m.auto ? 'WAITING_SPEC_APPROVAL' : 'WAITING_STRATEGY')(m),
  ),
  action(
    'nothing to do',
    1,
    () => story.recordAnalysis({ kind: 'NOTHING_TO_DO' }),
    isAnalyzing(false),
    end('CANCELLED'),
  ),
  action(
    'analysis without proposals',
    40,
    () => story.recordAnalysis({ kind: 'ANALYZED', analysis: 'analysis-1', baseline: story.testRun() }),
    isAnalyzing(true),
    goTo('GENERATING_TESTS'),
  ),
  action(
    'red analysis',
    2,
    () => story.recordAnalysis({ kind: 'BASELINE_RED', baseline: story.testRun(['test a']) }),
    during('ANALYZING'),
    interrupt('BASELINE_RED'),
  ),
  action('select', 20, () => story.select('p-2'), during('WAITING_STRATEGY'), goTo('WAITING_SPEC_APPROVAL')),
  action('select unknown', 1, () => story.select('p-9'), never, nothing),
  action(
    'draft',
    20,
    () => story.recordSpec(),
    (m) => m.state === 'WAITING_SPEC_APPROVAL' && m.revisions === 0,
    (m: Model) => Object.assign(m, { revisions: 1, state: m.auto ? 'GENERATING_TESTS' : m.state }),
  ),
  action(
    'approve',
    40,
    (m) => story.approve(token(m)),
    (m) => m.state === 'WAITING_SPEC_APPROVAL' && m.revisions > 0 && !m.clarifying,
    goTo('GENERATING_TESTS'),
  ),
  action('ask the clarifier', 10, () => story.askClarifier(), mayAsk, { clarifying: true }),
  action('clarified', 20, () => story.recordClarification(), isClarifying, { clarifying: false }),
  action(
    'clarified with a draft',
    20,
    (m) => story.recordClarification({ draft: { token: edit(m).nextToken, content: 'spec-c' } }),
    isClarifying,
    (m: Model) => Object.assign(m, { clarifying: false, revisions: m.revisions + 1 }),
  ),
  action('approve stale', 1, () => story.approve('token-stale'), never, nothing),
  action('edit spec', 3, (m) => ({ ...story.updateSpec(), ...edit(m) }) as JobCommand, isEditable, reviseSpec),
  action('edit stale spec', 1, () => story.updateSpec('token-stale'), never, nothing),
  action('tests', 40, () => story.recordTests(), during('GENERATING_TESTS'), goTo('BASELINE_VALIDATION')),
  action(
    'green baseline',
    40,
    () => story.recordBaseline(),
    during('BASELINE_VALIDATION'),
    (m: Model) => goTo(m.check ? 'CHECKING' : 'REFACTORING')(m),
  ),
  action(
    'red baseline',
    2,
    () => story.recordBaseline(['test a']),
    during('BASELINE_VALIDATION'),
    interrupt('BASELINE_RED'),
  ),
  action(
    'route’s attempt',
    20,
    tryBy('ROUTE', true),
    (m) => isPatching(m) && m.candidate !== 'green' && m.due === 'any',
    make,
  ),
  action(
    'refused attempt',
    8,
    (m) => story.recordRefusedAttempt(m.attempt, { route: routeOf(m), code: 'f-1' }),
    (m) => isPatching(m) && m.candidate !== 'green' && m.due === 'any',
    (m: Model) => {
      const { candidate } = m
      fail('f-1')(m)
      m.candidate = candidate === 'untold' ? 'none' : candidate
    },
  ),
  action(
    'refused attempt by another route',
    1,
    (m) => story.recordRefusedAttempt(m.attempt, { route: routeOf(m) === 'L2' ? 'L1' : 'L2' }),
    never,
    nothing,
  ),
  action('attempt without route', 1, tryBy('ROUTE'), never, nothing),
  action('attempt out of turn', 1, (m) => story.recordAttempt(m.attempt + 1), never, nothing),
  action(
    'green part’s attempt',
    4,
    tryBy('GREEN_PART'),
    (m) =>
      isPatching(m) &&
      m.candidate !== 'green' &&
      (m.due === 'green part' || (m.due === 'any' && during('SELF_HEALING')(m))),
    make,
  ),
  action(
    'own edits’ attempt',
    4,
    tryBy('OWN_EDITS'),
    (m) => m.state === 'CHECKING' || (isPatching(m) && m.candidate !== 'green' && m.due === 'own edits'),
    make,
  ),
  action(
    'subset’s attempt',
    20,
    tryBy('SUBSET'),
    (m) => m.state === 'DELIVERED' && m.choosing && m.candidate !== 'green',
    make,
  ),
  action(
    'green verdict',
    10,
    (m) => story.recordGreen(judged(m)),
    (m) => isTrying(m) && m.candidate === 'untold',
    (m: Model) => Object.assign(m, { candidate: 'green', state: m.state === 'CHECKING' ? 'CHECKED' : m.state }),
  ),
  ...['f-1', 'f-2'].map((fingerprint) =>
    action(
      `red verdict ${fingerprint}`,
      20,
      (m) => story.recordRed(fingerprint, judged(m)),
      (m) => isTrying(m) && m.candidate === 'untold',
      fail(fingerprint),
    ),
  ),
  action('verdict on another patch', 1, () => story.recordGreen({ patch: 'patch-9' }), never, nothing),
  action(
    'delivery',
    20,
    () => story.recordDelivery(),
    (m) => delivers(m) && m.candidate === 'green',
    deliver,
  ),
  action('accept', 10, () => story.accept(), isFree, { accepting: true }),
  action('accept another tree', 1, () => story.accept({ treeHash: 'tree-9' }), never, nothing),
  action(
    'choose edits',
    10,
    () => story.accept({ selection: { except: ['e-1'] } }),
    (m) => isFree(m) && !m.narrowed,
    (m: Model) => Object.assign(m, { choosing: true, epoch: m.epoch + 1 }),
  ),
  action(
    'accepted',
    10,
    () => story.recordAccepted(),
    (m) => m.state === 'DELIVERED' && m.accepting,
    goTo('ACCEPTED'),
  ),
  action(
    'revert',
    10,
    () => story.revert(),
    (m) => m.state === 'ACCEPTED' && !m.reverting,
    { reverting: true },
  ),
  action(
    'reverted',
    10,
    () => story.recordReverted(),
    (m) => m.state === 'ACCEPTED' && m.reverting,
    goTo('REVERTED'),
  ),
  action('reject', 1, story.reject, (m) => m.state === 'DELIVERED' && !m.accepting, end('CANCELLED')),
  action('cancel', 1, story.cancel, isOpen, end('CANCELLED')),
  action('kill', 1, story.kill, isOpen, end('CANCELLED')),
  action(
    'failure',
    1,
    () => story.recordFailure(),
    (m) =>
      m.state === 'QUOTA_RESERVING' ||
      isBusy(m) ||
      (m.state === 'DELIVERED' && (m.accepting || m.choosing)) ||
      (m.state === 'ACCEPTED' && m.reverting),
    breakOff,
  ),
  action(
    'long silence',
    2,
    (m) => ({ ...story.recordHeartbeatLost(), at: m.lastSeen + 300_000 }),
    (m) => isBusy(m) && m.attached,
    interrupt('HEARTBEAT_LOST'),
  ),
  action('short silence', 1, (m) => ({ ...story.recordHeartbeatLost(), at: m.lastSeen + 299_999 }), never, nothing),
  action('budget reached', 2, () => story.recordBudgetReached(), isBusy, interrupt('BUDGET_REACHED')),
  action('provider away', 2, () => story.recordProviderUnavailable(), isBusy, interrupt('PROVIDER_UNAVAILABLE')),
  action(
    'heartbeat',
    2,
    (m) => story.heartbeat(m.now),
    (m) => isOpen(m) || (m.state === 'DELIVERED' && m.accepting),
    nothing,
  ),
  action('retry', 10, intervene({ kind: 'RETRY', hint: null }), during('WAITING_INTERVENTION'), retry),
  action(
    'retry with a hint',
    4,
    intervene({ kind: 'RETRY', hint: 'hint-1' }),
    during('WAITING_INTERVENTION'),
    (m: Model) => {
      retry(m)
      m.due = 'any'
    },
  ),
  action(
    'intervene by editing the spec',
    2,
    (m) => story.intervene({ kind: 'EDIT_SPEC', ...edit(m) }),
    (m) => m.state === 'WAITING_INTERVENTION' && m.revisions > 0,
    reviseSpec,
  ),
  action('own edits', 4, intervene({ kind: 'OWN_EDITS', patch: 'mine' }), hadPatches, (m: Model) => {
    resume(m, withoutL3(m.resume), true)
    m.due = 'own edits'
  }),
  action(
    'take the green part',
    4,
    intervene({ kind: 'GREEN_PART' }),
    (m) => hadPatches(m) && m.candidate === 'red',
    (m: Model) => {
      resume(m, withoutL3(m.resume), true)
      m.due = 'green part'
    },
  ),
  action(
    'deep fix',
    20,
    intervene({ kind: 'DEEP_FIX', confirmedLimit: story.euros(5) }),
    (m) => hadPatches(m) && m.tier === 'MAX',
    (m: Model) => resume(m, 'DEEP_FIX', true),
  ),
  action('deep fix unconfirmed', 1, intervene({ kind: 'DEEP_FIX', confirmedLimit: null }), never, nothing),
  action('intervene by cancelling', 1, intervene({ kind: 'CANCEL' }), during('WAITING_INTERVENTION'), end('CANCELLED')),
]
