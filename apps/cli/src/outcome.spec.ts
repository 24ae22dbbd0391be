import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { describe, expect, it } from '@jest/globals'
import { JobSchema, JobState } from '@iama/contracts/iama/jobs/v1/job'

import { isResting } from './follow.ts'
import { outcomeOf } from './outcome.ts'

const job = (init: MessageInitShape<typeof JobSchema>) => create(JobSchema, { id: 'j', ...init })

describe('the outcome of a job', () => {
  const { DELIVERED, FAILED, CANCELLED, WAITING_INTERVENTION, WAITING_STRATEGY, WAITING_SPEC_APPROVAL, REVERTED } =
    JobState
  it.each([
    [job({ state: DELIVERED }), 0, 'verified and ready'],
    [job({ state: JobState.ACCEPTED }), 0, 'accepted'],
    [job({ state: REVERTED }), 0, 'taken back'],
    [
      job({ state: FAILED, failureCode: 'QUOTA_EXHAUSTED', failureMessage: 'no jobs left' }),
      5,
      'QUOTA_EXHAUSTED: no jobs left',
    ],
    [
      job({ state: CANCELLED, failureCode: 'NOTHING_TO_DO', failureMessage: 'no smells' }),
      5,
      'nothing to do: no smells',
    ],
    [job({ state: CANCELLED }), 5, 'cancelled'],
    [job({ state: WAITING_STRATEGY, proposals: [{ id: 'p' }] }), 6, 'choice of strategy'],
    [job({ state: WAITING_SPEC_APPROVAL }), 6, 'approval'],
    [job({ state: WAITING_INTERVENTION, waitingReason: 'BASELINE_RED' }), 6, 'tests fail on the untouched code'],
    [job({ state: WAITING_INTERVENTION, waitingReason: 'SOMETHING_NEW' }), 6, 'SOMETHING_NEW'],
    [job({ state: JobState.REFACTORING }), 0, 'goes on'],
    [job({ state: JobState.CHECKED, check: { result: { green: true } } }), 0, 'green'],
    [job({ state: JobState.CHECKED, check: { result: { green: false } } }), 5, 'red'],
  ])('%#', (given, exitCode, message) => {
    expect(outcomeOf(given)).toMatchObject({ exitCode, message: expect.stringContaining(message) })
  })

  it('offers the green part only where there is one', () => {
    const waiting = { state: WAITING_INTERVENTION, waitingReason: 'ATTEMPTS_EXHAUSTED' }
    expect(outcomeOf(job({ ...waiting, patchArtifact: 'a' })).next.join()).not.toContain('--take-green')
    expect(outcomeOf(job({ ...waiting, hasGreenPart: true })).next.join()).toContain('--take-green')
  })
})

describe('a job rests', () => {
  it.each([
    [{ state: JobState.DELIVERED }, true],
    [{ state: JobState.DELIVERED, settling: true }, false],
    [{ state: JobState.DELIVERED, verifyingSubset: true }, false],
    [{ state: JobState.ACCEPTED }, true],
    [{ state: JobState.ACCEPTED, settling: true }, false],
    [{ state: JobState.WAITING_STRATEGY }, true],
    [{ state: JobState.WAITING_STRATEGY, options: { autoApprove: true } }, false],
    [{ state: JobState.WAITING_SPEC_APPROVAL }, false], // its spec is being drafted
    [{ state: JobState.WAITING_SPEC_APPROVAL, specVersion: 1 }, true],
    [{ state: JobState.WAITING_SPEC_APPROVAL, specVersion: 1, options: { autoApprove: true } }, false],
    [{ state: JobState.WAITING_INTERVENTION, options: { autoApprove: true } }, true],
    [{ state: JobState.REFACTORING }, false],
    [{ state: JobState.FAILED }, true],
    [{ state: JobState.CHECKING }, false],
    [{ state: JobState.CHECKED }, true],
  ])('%j: %s', (init, expected) => {
    expect(isResting(job(init))).toBe(expected)
  })
})
