import { specification } from '@iama/testing'
import { describe, it } from '@jest/globals'
import {
  AcceptanceNotAsked,
  AcceptanceUnderWay,
  RevertNotAsked,
  RevertUnderWay,
  SubsetNotVerified,
  SubsetUnderWay,
  TreeDiffers,
} from './acceptance.ts'
import { jobDecider } from './decider.ts'
import { StaleEpoch } from './guards.ts'
import * as story from './job.fixtures.ts'
import {
  accept,
  acceptanceAsked,
  accepted,
  delivery,
  historyOf,
  noon,
  passed,
  patch,
  red,
  revertAsked,
  stamps,
  subsetAsked,
  tried,
} from './job.fixtures.ts'
import { EditNotInPatch, NothingSelected, PatchIsNotTheSubset } from './subset.ts'

const { given } = specification(jobDecider)
const { byUser, byFact } = stamps
const delivered = historyOf.DELIVERED
const settling = [...delivered, acceptanceAsked]

describe('accepting', () => {
  it('records the wish; the job is accepted when the worker has settled it', () => {
    given(delivered).when(accept()).then([acceptanceAsked])
    given(delivered)
      .when(accept())
      .thenState({ state: 'DELIVERED', acceptance: { treeHash: 'tree-1', askedAt: noon, recordedAt: null } })
    given(settling)
      .when(story.recordAccepted())
      .then([{ ...accepted, ...byFact }])
    given(settling)
      .when(story.recordAccepted())
      .thenState({
        state: 'ACCEPTED',
        acceptance: { treeHash: 'tree-1', askedAt: noon, recordedAt: noon },
        ledgerEntryId: 'entry-1',
      })
  })

  it('has only one door', () => {
    given(delivered).when(story.recordAccepted()).thenRefuses(AcceptanceNotAsked)
  })

  it('needs no tree when no client has written one', () => {
    given(delivered)
      .when(accept({ treeHash: null }))
      .then([{ ...acceptanceAsked, treeHash: null }])
  })

  it('is refused for another tree than the verified one', () => {
    given(delivered)
      .when(accept({ treeHash: 'tree-9' }))
      .thenRefuses(TreeDiffers, { written: 'tree-9', verified: 'tree-1' })
  })

  it('can be said twice, but not in two ways', () => {
    given(settling).when(accept()).thenNothing()
    given(settling)
      .when(accept({ treeHash: null }))
      .thenRefuses(AcceptanceUnderWay)
    given(settling)
      .when(accept({ selection: { only: ['e-1'] } }))
      .thenRefuses(AcceptanceUnderWay)
  })

  it.each([story.cancel(), story.kill(), story.reject(), story.updateSpec()])(
    'stands against $type while it is being settled',
    (command) => {
      given(settling).when(command).thenRefuses(AcceptanceUnderWay)
    },
  )

  it('that fails leaves the job delivered, to be accepted again', () => {
    given(settling)
      .when(story.recordFailure('LEDGER_AWAY'))
      .then([{ type: 'AcceptanceFailed', ...byFact, code: 'LEDGER_AWAY' }])
    given(settling).when(story.recordFailure()).thenState({ state: 'DELIVERED', acceptance: null })
  })
})

describe('accepting some edits', () => {
  const only = { selection: { only: ['e-1'] } }
  const choosing = [...delivered, subsetAsked]
  const subset = { artifact: 'patch-2', edits: ['e-1'], dropped: [] }
  const attempt = (edits: readonly string[]) =>
    story.recordAttempt(0, { source: 'SUBSET', route: null, patch: { ...subset, edits }, epoch: 1 })
  const subsetTried = tried(0, { source: 'SUBSET', route: null, patch: subset })

  it('has the subset verified first, in a new epoch', () => {
    given(delivered).when(accept(only)).then([subsetAsked])
    given(delivered)
      .when(accept(only))
      .thenState({
        state: 'DELIVERED',
        subset: { selection: { only: ['e-1'] }, askedAt: noon },
        acceptance: null,
        epoch: 1,
        delivery,
      })
    given(choosing).when(story.recordAttempt(0)).thenRefuses(StaleEpoch)
  })

  it('delivers the verified subset in the place of the whole', () => {
    const verified = [...choosing, subsetTried, passed]
    given([...choosing, subsetTried])
      .when(story.recordGreen({ patch: 'patch-2', epoch: 1 }))
      .then([{ ...passed, ...byFact }])
    given(verified)
      .when(story.recordDelivery({ epoch: 1 }))
      .thenState({ state: 'DELIVERED', subset: null, delivery: { ...delivery, patch: subset } })
  })

  it('keeps the whole patch when the subset is red, and says which tests fail', () => {
    given([...choosing, subsetTried])
      .when(story.recordRed('f', { patch: 'patch-2', epoch: 1 }))
      .then([{ type: 'SubsetRefused', ...byFact, code: 'NOT_GREEN', verdict: red, failing: ['test a'] }])
    given([...choosing, subsetTried])
      .when(story.recordRed('f', { patch: 'patch-2', epoch: 1 }))
      .thenState({ state: 'DELIVERED', subset: null, candidate: null, delivery })
  })

  it('names only the first failures of a red subset', () => {
    const failing = Array.from({ length: 30 }, (_, index) => `test ${index}`)
    given([...choosing, subsetTried])
      .when(
        story.recordRed('f', {
          patch: 'patch-2',
          epoch: 1,
          outcome: { kind: 'RED', fingerprint: 'f', failing, hasGreenPart: true },
        }),
      )
      .then([{ type: 'SubsetRefused', ...byFact, code: 'NOT_GREEN', verdict: red, failing: failing.slice(0, 20) }])
  })

  it('keeps the whole patch when the subset could not be verified', () => {
    given(choosing)
      .when(story.recordFailure('NOTHING_LEFT', { epoch: 1 }))
      .then([{ type: 'SubsetRefused', ...byFact, code: 'NOTHING_LEFT', verdict: null, failing: [] }])
  })

  it('is accepting the whole when all are named, or none is left out', () => {
    given(delivered)
      .when(accept({ treeHash: 'tree-1', selection: { only: patch.edits } }))
      .then([acceptanceAsked])
    given(delivered)
      .when(accept({ treeHash: 'tree-1', selection: { except: [] } }))
      .then([acceptanceAsked])
  })

  it('is refused for unknown edits, and for none', () => {
    given(delivered)
      .when(accept({ selection: { only: ['e-1', 'e-9'] } }))
      .thenRefuses(EditNotInPatch, { unknown: 'e-9' })
    given(delivered)
      .when(accept({ selection: { only: [] } }))
      .thenRefuses(NothingSelected)
    given(delivered)
      .when(accept({ selection: { except: patch.edits } }))
      .thenRefuses(NothingSelected)
  })

  it('is refused when the client says that it has written them already', () => {
    given(delivered)
      .when(accept({ treeHash: 'tree-1', ...only }))
      .thenRefuses(SubsetNotVerified)
  })

  it('can be said twice, but nothing else can be accepted meanwhile', () => {
    given(choosing).when(accept(only)).thenNothing()
    given(choosing).when(accept()).thenRefuses(SubsetUnderWay)
    given(choosing)
      .when(accept({ selection: { except: ['e-1'] } }))
      .thenRefuses(SubsetUnderWay)
  })

  it('may bring in edits that the named ones depend on, but must bring these', () => {
    given(choosing)
      .when(attempt(['e-1', 'e-2']))
      .thenState({ state: 'DELIVERED' })
    given(choosing)
      .when(attempt(['e-2']))
      .thenRefuses(PatchIsNotTheSubset)
    given(choosing)
      .when(attempt(['e-1', 'e-9']))
      .thenRefuses(PatchIsNotTheSubset)
    const choosingTwo = { type: 'SubsetAsked', ...byUser, selection: { only: ['e-1', 'e-2'] }, epoch: 1 } as const
    given([...delivered, choosingTwo])
      .when(attempt(['e-1']))
      .thenRefuses(PatchIsNotTheSubset)
  })

  it('may lose edits that depend on the excepted ones, but must lose these', () => {
    const without = [
      ...delivered,
      { type: 'SubsetAsked', ...byUser, selection: { except: ['e-3'] }, epoch: 1 } as const,
    ]
    given(without)
      .when(attempt(['e-1']))
      .thenState({ state: 'DELIVERED' })
    given(without)
      .when(attempt(['e-1', 'e-3']))
      .thenRefuses(PatchIsNotTheSubset)
    given(without).when(attempt([])).thenRefuses(PatchIsNotTheSubset)
  })
})

describe('reverting', () => {
  const reverting = [...historyOf.ACCEPTED, revertAsked]

  it('records the wish; the job is reverted when the worker has done it', () => {
    given(historyOf.ACCEPTED).when(story.revert()).then([revertAsked])
    given(historyOf.ACCEPTED)
      .when(story.revert())
      .thenState({ state: 'ACCEPTED', reversal: { treeHash: 'tree-0', askedAt: noon, recordedAt: null } })
    given(reverting)
      .when(story.recordReverted())
      .thenState({ state: 'REVERTED', reversal: { treeHash: 'tree-0', askedAt: noon, recordedAt: noon } })
  })

  it('has only one door', () => {
    given(historyOf.ACCEPTED).when(story.recordReverted()).thenRefuses(RevertNotAsked)
  })

  it('can be said twice, but not in two ways', () => {
    given(reverting).when(story.revert()).thenNothing()
    given(reverting).when(story.revert(null)).thenRefuses(RevertUnderWay)
  })

  it('that fails leaves the job accepted, to be reverted again', () => {
    given(reverting).when(story.recordFailure()).thenState({ state: 'ACCEPTED', reversal: null })
    given([...reverting, { type: 'RevertFailed', ...stamps.byFact, code: 'CONFLICT' }])
      .when(story.revert())
      .then([revertAsked])
  })
})
