import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { describe, expect, it } from '@jest/globals'
import { GetJobCostResponseSchema, ModelInfoSchema } from '@iama/contracts/iama/router/v1/model'
import { ModelClass } from '@iama/contracts/iama/router/v1/service'

import { costLines } from './cost.ts'
import { modelsLines } from './models.ts'
import { createStyle, plainStyle } from './style.ts'

const model = (init: MessageInitShape<typeof ModelInfoSchema>) => create(ModelInfoSchema, init)
const text = (lines: readonly string[]) => lines.join('\n')

const offline = model({ provider: 'codemod', model: 'codemod', classes: [ModelClass.L1], currency: 'USD' })
const declared = model({
  provider: 'litellm',
  model: 'gpt-5',
  classes: [ModelClass.L1, ModelClass.L2],
  contextTokens: 128_000n,
  outputTokens: 16_384n,
  inputPriceMicros: 1_250_000n,
  cachedPriceMicros: 125_000n,
  outputPriceMicros: 10_000_000n,
  currency: 'USD',
  circuit: 'open',
  endpoint: 'http://127.0.0.1:4000/v1',
  keySource: 'platform',
})

describe('the table of models', () => {
  it('has classes, window, prices, circuit, endpoint and key, the offline engine last', () => {
    expect(text(modelsLines([declared, offline], plainStyle))).toMatchInlineSnapshot(`
      "MODEL          CLASSES   WINDOW  ANSWER  USD A MILLION (IN / CACHED / OUT)  CIRCUIT  ENDPOINT                  KEY
      litellm/gpt-5  L1 L2    128 000  16 384  1.25 / 0.125 / 10                  open     http://127.0.0.1:4000/v1  platform
      codemod        L1                        free                                        on this system"
    `)
  })

  it('tells whose key is sent, the tenant’s own by its last characters, and paints one that is missing', () => {
    const keyOf = (keySource: string, keyHint = ''): string => {
      const own = model({ ...declared, keySource, keyHint })
      return modelsLines([own], plainStyle)[1]!.split('/v1')[1]!.trim()
    }
    expect([keyOf('none'), keyOf('own', '7890'), keyOf('own'), keyOf('missing')]).toEqual([
      'none',
      'own, ends in 7890',
      'own',
      'missing',
    ])
    const style = createStyle(true)
    expect(text(modelsLines([model({ ...declared, keySource: 'missing' })], style))).toContain(style.yellow('missing'))
  })

  it('paints an open circuit, and lets no name command a terminal', () => {
    const style = createStyle(true)
    expect(text(modelsLines([declared], style))).toContain(style.red('open'))
    const hostile = model({ ...declared, model: 'a\u001B[2Jb\nc' })
    expect(modelsLines([hostile], plainStyle)).toHaveLength(2)
    expect(text(modelsLines([hostile], plainStyle))).not.toContain('\u001B')
  })
})

describe('the cost of a job', () => {
  const line = { provider: 'litellm', model: 'gpt-5', calls: 1, inputTokens: 12_000n, outputTokens: 900n }
  const cost = create(GetJobCostResponseSchema, {
    currency: 'USD',
    costMicros: 61_000n,
    lines: [
      { ...line, phase: 'proposal', costMicros: 24_000n, milliseconds: 4_000n },
      {
        ...line,
        phase: 'repair',
        attempt: 1,
        calls: 2,
        cachedTokens: 8_000n,
        reasoningTokens: 300n,
        costMicros: 37_000n,
        milliseconds: 9_500n,
        estimated: true,
      },
    ],
  })

  it('is a line for each phase, attempt and model, their sum, and what the budget leaves', () => {
    expect(text(costLines(cost, 100_000n, plainStyle))).toMatchInlineSnapshot(`
      "PHASE     ATTEMPT  MODEL          CALLS      IN  CACHED   OUT  THOUGHT        COST    TIME
      proposal           litellm/gpt-5      1   12000       0   900        0  0.0240 USD   4.0 s
      repair          1  litellm/gpt-5      2  12000*    8000  900*      300  0.0370 USD   9.5 s
      sum                                   3   24000    8000  1800      300  0.0610 USD  13.5 s
      * in part counted here, for a call broke off
      budget: 0.10 USD, 0.04 USD left"
    `)
  })

  it('says that a budget is used up, that there is none, that no model has worked', () => {
    expect(costLines(cost, 61_000n, plainStyle).at(-1)).toBe('budget: 0.06 USD, used up')
    expect(costLines(cost, 0n, plainStyle).at(-1)).toContain('none of its own')
    expect(costLines(create(GetJobCostResponseSchema, { currency: 'USD' }), 0n, plainStyle)[0]).toBe(
      'no model has worked on this job',
    )
  })
})
