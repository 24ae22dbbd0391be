import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from '@jest/globals'
import { ClarifyTurnSchema } from '@iama/contracts/iama/jobs/v1/job'

import { turnLines } from './conversation.ts'
import { plainStyle } from './style.ts'

describe('a turn', () => {
  it('shows what is asked with numbered choices', () => {
    const turn = create(ClarifyTurnSchema, {
      role: 'assistant',
      text: 'Two things.\n\nFirst:\u001B[2J',
      questions: [
        { id: 'q1', text: 'Keep the old name?', choices: ['yes', 'no'] },
        { id: 'q2', text: 'Why?' },
      ],
    })
    expect(turnLines(turn, plainStyle)).toEqual([
      'clarifier',
      '  Two things.',
      '',
      '  First:\uFFFD[2J',
      '  q1. Keep the old name?',
      '     1) yes',
      '     2) no',
      '  q2. Why?',
    ])
  })
})
