import type { MessageInitShape } from '@bufbuild/protobuf'
import type { GetJobCostResponseSchema, ModelInfoSchema } from '@iama/contracts/iama/router/v1/model'
import { ModelClass as WireClass, type GenerateResponseSchema } from '@iama/contracts/iama/router/v1/service'
import type { End, GenerateOutput } from '../application/generate.ts'
import type { ListedModel } from '../application/list-models.ts'
import type { JobCost } from '../application/report-cost.ts'
import { CURRENCY } from '../domain/price.ts'
import { highestCallMicros, type ModelClass } from '../domain/route.ts'

export const wireClasses = (classes: readonly ModelClass[]): WireClass[] => classes.map((each) => WireClass[each])

export const toWireOutput = (output: GenerateOutput): MessageInitShape<typeof GenerateResponseSchema> => {
  switch (output.kind) {
    case 'text':
      return { part: { case: 'text', value: output.text } }
    case 'progress':
      return { part: { case: 'progress', value: output.text } }
    case 'end':
      return { part: { case: 'end', value: toWireEnd(output.end) } }
  }
}

const toWireEnd = (end: End) => ({
  provider: end.provider,
  model: end.model,
  inputTokens: BigInt(end.inputTokens),
  cachedTokens: BigInt(end.cachedTokens),
  outputTokens: BigInt(end.outputTokens),
  reasoningTokens: BigInt(end.reasoningTokens),
  costMicros: BigInt(end.costMicros),
  currency: end.currency,
  milliseconds: BigInt(end.milliseconds),
  calls: end.calls,
  prompt: end.prompt,
  briefing: end.briefing,
})

const perMillion = (dollars: number): bigint => BigInt(Math.round(dollars * 1_000_000))

export const toWireModel = ({
  offer,
  endpoint,
  circuit,
  keySource,
  keyHint,
}: ListedModel): MessageInitShape<typeof ModelInfoSchema> => {
  const { engine, provider, model, classes, window, outputCap, price } = offer
  const named = { provider, model, classes: wireClasses(classes), currency: CURRENCY, keySource, keyHint }
  if (engine === 'codemod') return named
  return {
    ...named,
    contextTokens: BigInt(window),
    outputTokens: BigInt(outputCap),
    inputPriceMicros: perMillion(price.input),
    cachedPriceMicros: perMillion(price.cachedInput),
    outputPriceMicros: perMillion(price.output),
    highestCallMicros: BigInt(highestCallMicros(offer)),
    circuit,
    endpoint,
  }
}

export const toWireCost = (cost: JobCost): MessageInitShape<typeof GetJobCostResponseSchema> => ({
  lines: cost.lines.map((line) => ({
    phase: line.phase,
    attempt: line.attempt,
    provider: line.provider,
    model: line.model,
    calls: line.calls,
    inputTokens: BigInt(line.inputTokens),
    cachedTokens: BigInt(line.cachedTokens),
    outputTokens: BigInt(line.outputTokens),
    reasoningTokens: BigInt(line.reasoningTokens),
    costMicros: BigInt(line.costMicros),
    milliseconds: BigInt(line.milliseconds),
    estimated: line.estimated,
  })),
  costMicros: BigInt(cost.lines.reduce((sum, line) => sum + line.costMicros, 0)),
  currency: cost.currency,
})
