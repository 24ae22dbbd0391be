import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { describe, expect, it } from '@jest/globals'
import { ClarifyTurnSchema, JobSchema, JobState } from '@iama/contracts/iama/jobs/v1/job'

import { interventionOf, type InterveneFlags } from './commands/intervene.ts'
import { askQuestions } from './conversation.ts'
import { choicesFor } from './interventions.ts'
import { outcomeOf } from './outcome.ts'
import { costOfRest, terminalPrompts, type QuestionAnswer } from './prompts.ts'

const waiting = (init: MessageInitShape<typeof JobSchema>) =>
  create(JobSchema, { id: 'j', state: JobState.WAITING_INTERVENTION, ...init })

describe('the flags of an intervention', () => {
  it.each<[InterveneFlags, unknown]>([
    [{}, undefined],
    [{ retry: true }, { kind: 'retry', hint: '', budgetMicros: 0n }],
    [
      { retry: true, hint: 'h', budget: '1.5' },
      { kind: 'retry', hint: 'h', budgetMicros: 1_500_000n },
    ],
    [{ takeGreen: true }, { kind: 'take-green' }],
    [{ own: 'p.json' }, { kind: 'own-edits', file: 'p.json' }],
    [
      { deepFix: true, confirm: '0.30' },
      { kind: 'deep-fix', confirmedMicros: 300_000n },
    ],
    [{ deepFix: true }, 'unconfirmed'],
    [{ cancel: true }, { kind: 'cancel' }],
  ])('%j', (flags, expected) => expect(interventionOf(flags)).toEqual(expected))

  it.each<[InterveneFlags, string]>([
    [{ retry: true, takeGreen: true }, 'give one of'],
    [{ own: '', deepFix: true }, 'give one of'],
    [{ hint: 'h' }, '--hint goes with --retry'],
    [{ takeGreen: true, budget: '1' }, '--budget goes with --retry'],
    [{ retry: true, confirm: '1' }, '--confirm goes with --deep-fix'],
    [{ retry: true, budget: '0' }, '--budget: "0" is no amount'],
    [{ deepFix: true, confirm: 'lots' }, '--confirm: "lots" is no amount'],
  ])('%j do not fit', (flags, message) => {
    expect(() => interventionOf(flags)).toThrow(expect.objectContaining({ exitCode: 2 }))
    expect(() => interventionOf(flags)).toThrow(message)
  })
})

describe('the ways on for a job that waits', () => {
  it.each([
    [{ waitingReason: 'BASELINE_RED', routes: ['L1', 'L3'] }, ['retry', 'cancel']],
    [{ waitingReason: 'ATTEMPTS_EXHAUSTED', routes: ['L1'] }, ['retry', 'own-edits', 'cancel']],
    [
      { waitingReason: 'REPEATED_FAILURE', routes: ['L1', 'L2', 'L3'], hasGreenPart: true },
      ['retry', 'take-green', 'own-edits', 'deep-fix', 'cancel'],
    ],
    [{ waitingReason: 'BUDGET_REACHED', routes: ['L1'] }, ['budget', 'retry', 'own-edits', 'cancel']],
  ])('%j', (init, expected) => expect(choicesFor(waiting(init))).toEqual(expected))

  it('are named after a command that cannot ask', () => {
    const next = (init: MessageInitShape<typeof JobSchema>) => outcomeOf(waiting(init)).next
    expect(next({ waitingReason: 'BUDGET_REACHED' })).toContain('iama intervene j --retry --budget USD')
    expect(next({ waitingReason: 'BUDGET_REACHED' })).toContain('iama cost j')
    expect(next({ waitingReason: 'ATTEMPTS_EXHAUSTED', routes: ['L3'] })).toContain(
      'iama intervene j --deep-fix --confirm USD',
    )
    expect(next({ waitingReason: 'BASELINE_RED', routes: ['L3'] }).join()).not.toContain('deep-fix')
  })
})

describe('a job that waits for the approval of its spec', () => {
  const job = create(JobSchema, {
    id: 'j',
    state: JobState.WAITING_SPEC_APPROVAL,
    selectedProposalId: 'p',
    options: { budgetMicros: 250_000n },
    proposals: [
      {
        id: 'p',
        engine: 'model',
        estimatedCostMicros: 20_000n,
        mostCostMicros: 310_000n,
        currency: 'USD',
        estimatedSeconds: 90,
      },
    ],
  })

  it('tells what going on costs and where the budget ends it', () => {
    expect(costOfRest(job)).toBe('about 0.02 USD, at most 0.31 USD, about 1 min 30 s; your budget ends it at 0.25 USD')
    expect(outcomeOf(job)).toMatchObject({
      exitCode: 6,
      message: expect.stringContaining('about 0.02 USD, at most 0.31 USD'),
      next: expect.arrayContaining(['iama clarify j "..."', 'iama spec j [--edit]']),
    })
  })
})

describe('answers to a turn’s questions', () => {
  const turn = create(ClarifyTurnSchema, {
    role: 'assistant',
    questions: [
      { id: 'q1', text: 'Keep it?', choices: ['yes', 'no'] },
      { id: 'q2', text: 'Why?' },
    ],
  })
  const asked = (...answers: QuestionAnswer[]) =>
    askQuestions({ ...terminalPrompts, answer: () => Promise.resolve(answers.shift()!) }, turn)

  it('are one text that names each question; open ones are left out', async () => {
    expect(await asked({ text: 'yes' }, { text: 'old callers' })).toBe('q1. Keep it?\nyes\n\nq2. Why?\nold callers')
    expect(await asked('open', { text: 'old callers' })).toBe('q2. Why?\nold callers')
  })

  it('are none when the person stops, or leaves all open', async () => {
    expect(await asked({ text: 'yes' }, 'stop')).toBeUndefined()
    expect(await asked('open', 'open')).toBeUndefined()
  })
})
