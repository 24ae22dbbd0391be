import { fold } from '@iama/kernel'
import { describe, expect, it } from '@jest/globals'
import { readFile } from 'node:fs/promises'
import { jobDecider } from './decider.ts'
import { evolve } from './evolve.ts'
import * as story from './job.fixtures.ts'
import { type Job, jobStates, noJob } from './job.ts'
import { stateDiagram } from './state-diagram.ts'
import { allowedTransitions, transitionOf } from './transitions.ts'

describe('the transitions of a history', () => {
  it('are told with tier and sequence, and only where the state changed', () => {
    let job: Job | typeof noJob = noJob
    const told: unknown[] = []
    for (const event of story.historyOf.REFACTORING) {
      const after: Job = evolve(job, event)
      told.push(transitionOf(event, job, after))
      job = after
    }
    const at = story.noon
    expect(told).toEqual([
      { from: 'NONE', to: 'PENDING', tier: null, sequence: 1, at },
      { from: 'PENDING', to: 'QUOTA_RESERVING', tier: null, sequence: 2, at },
      { from: 'QUOTA_RESERVING', to: 'ANALYZING', tier: 'MAX', sequence: 3, at },
      { from: 'ANALYZING', to: 'WAITING_STRATEGY', tier: 'MAX', sequence: 4, at },
      { from: 'WAITING_STRATEGY', to: 'WAITING_SPEC_APPROVAL', tier: 'MAX', sequence: 5, at },
      null,
      { from: 'WAITING_SPEC_APPROVAL', to: 'GENERATING_TESTS', tier: 'MAX', sequence: 7, at },
      { from: 'GENERATING_TESTS', to: 'BASELINE_VALIDATION', tier: 'MAX', sequence: 8, at },
      { from: 'BASELINE_VALIDATION', to: 'REFACTORING', tier: 'MAX', sequence: 9, at },
    ])
  })

  it('cannot begin without a creation', () => {
    expect(() => evolve(noJob, story.started)).toThrow('begins with JobCreated')
  })

  it('survive being written as JSON', () => {
    for (const state of jobStates) {
      const history = story.historyOf[state]
      expect(fold(jobDecider, JSON.parse(JSON.stringify(history)) as typeof history)).toEqual(fold(jobDecider, history))
    }
  })
})

describe('the table of allowed transitions', () => {
  it('lets nothing out of a final state, and only a revert out of ACCEPTED', () => {
    for (const state of ['REVERTED', 'CANCELLED', 'FAILED', 'CHECKED'] as const)
      expect(allowedTransitions[state]).toEqual({})
    expect(Object.keys(allowedTransitions.ACCEPTED)).toEqual(['REVERTED'])
  })

  it('is drawn in the README as it is', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
    expect(readme).toContain(stateDiagram())
  })
})
