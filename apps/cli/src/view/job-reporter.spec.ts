import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { describe, expect, it } from '@jest/globals'
import { JobState } from '@iama/contracts/iama/jobs/v1/job'
import { WatchJobResponseSchema } from '@iama/contracts/iama/jobs/v1/service'

import { JobReporter } from './job-reporter.ts'
import { plainStyle } from './style.ts'

const event = (init: MessageInitShape<typeof WatchJobResponseSchema>) => create(WatchJobResponseSchema, init)

const linesOf = (...events: MessageInitShape<typeof WatchJobResponseSchema>[]) => {
  const reporter = new JobReporter(plainStyle)
  return events.flatMap((init) => reporter.lines(event(init)))
}

describe('JobReporter', () => {
  it('announces each state once, whichever entry brings it', () => {
    const lines = linesOf(
      { state: JobState.ANALYZING, body: { case: 'transitioned', value: {} } },
      {
        state: JobState.ANALYZING,
        body: { case: 'progress', value: { step: 'install', phase: 'started', text: 'npm ci' } },
      },
      {
        state: JobState.ANALYZING,
        body: { case: 'progress', value: { phase: 'done', text: 'installed', milliseconds: 900n } },
      },
      { state: JobState.WAITING_STRATEGY, body: { case: 'analyzed', value: { proposals: [] } } },
    )
    expect(lines).toEqual([
      '▸ ANALYZING analysing',
      '  ✓ installed  900 ms',
      '▸ WAITING_STRATEGY waiting for a choice of strategy',
    ])
  })

  it('names the chosen proposal by its title and shows the spec', () => {
    const lines = linesOf(
      { body: { case: 'analyzed', value: { proposals: [{ id: 'p', title: 'Raise the floor', files: ['a.js'] }] } } },
      { body: { case: 'proposalSelected', value: { proposalId: 'p' } } },
      {
        body: {
          case: 'specRevised',
          value: { spec: { version: 1, revisionToken: 'r1', bdd: 'Feature: x\n', sdd: '# d' } },
        },
      },
    )
    expect(lines).toContain('chosen: Raise the floor')
    expect(lines.slice(-4)).toEqual(['spec, version 1 (revision r1)', '  Feature: x', '', '  # d'])
  })

  it('gives the reason of a transition and ignores signs of life', () => {
    const lines = linesOf(
      {
        state: JobState.FAILED,
        body: { case: 'transitioned', value: { reason: 'QUOTA_EXHAUSTED', message: '10 of 10 jobs used' } },
      },
      {},
    )
    expect(lines).toEqual(['  QUOTA_EXHAUSTED: 10 of 10 jobs used', '▸ FAILED failed'])
  })

  it('tells in the status line what the job has cost so far', () => {
    const reporter = new JobReporter(plainStyle)
    const generate = (phase: string, words: string) =>
      event({ body: { case: 'progress', value: { step: 'generate', phase, text: words } } })
    expect(reporter.status(generate('started', 'a/m writes: 200 tokens'))).toBe('… a/m writes: 200 tokens')
    expect(reporter.status(event({ body: { case: 'attempted', value: {} } }))).toBe('… a/m writes: 200 tokens')
    reporter.costs(12_300n, 'USD', 500_000n)
    expect(reporter.status(generate('done', 'a/m wrote the answer'))).toBe('0.01 USD of 0.50 USD so far')
    expect(reporter.status(event({ body: { case: 'progress', value: { phase: 'started', text: 'tests' } } }))).toBe(
      '… tests · 0.01 USD of 0.50 USD so far',
    )
  })

  it('has a status line only while something runs', () => {
    const reporter = new JobReporter(plainStyle)
    const progress = (phase: string) =>
      event({ body: { case: 'progress', value: { step: 's', phase, text: 'running tests' } } })
    expect(reporter.status(progress('started'))).toBe('… running tests')
    expect(reporter.status(progress('done'))).toBe('')
    expect(reporter.status(event({}))).toBeUndefined()
  })
})
