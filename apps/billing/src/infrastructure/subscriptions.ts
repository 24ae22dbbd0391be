import { fromBinary } from '@bufbuild/protobuf'
import { UsageRecordedEventSchema } from '@iama/contracts/iama/router/v1/events'
import type { DomainMessage } from '@iama/messaging'
import type { Stores } from '../application/ports.ts'

/** Usage reaches billing only so. */
export const recordUsage = async (message: DomainMessage, { usage }: Pick<Stores, 'usage'>): Promise<void> => {
  const { usageId, jobId, phase, provider, model, inputTokens, outputTokens, costMicros, currency } = fromBinary(
    UsageRecordedEventSchema,
    message.data,
  )
  await usage.add({
    usageId,
    jobId,
    phase,
    provider,
    model,
    inputTokens: Number(inputTokens),
    outputTokens: Number(outputTokens),
    costMicros: Number(costMicros),
    currency,
    at: message.time,
  })
}
