import { create, toBinary, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf'
import type { Ids } from '@iama/kernel'
import type { DomainMessage } from './event.ts'

/** What all messages of a service share. */
export interface Teller {
  /** The service, for example `jobs`. */
  readonly source: string
  readonly ids: Ids
  /** The W3C trace context of what is under way; empty when there is none. */
  readonly traceparent: () => string
}

/** What the messages of one change share. */
export interface Occasion {
  /** UUID. */
  readonly tenantId: string
  /** When it happened. */
  readonly time: Date
  /** The aggregate's sequence, from 1; left out where the aggregate has none. */
  readonly sequence?: number
}

/** Makes a message of a fact: what happened (`job.created`), to which aggregate (its UUID), and the data of the event. */
export type Tell = <Desc extends DescMessage>(
  type: string,
  aggregateId: string,
  schema: Desc,
  data: MessageInitShape<Desc>,
) => DomainMessage

/** How a service makes messages: given once who tells, then for each change when and where, then fact by fact. */
export const messagesOf =
  ({ source, ids, traceparent }: Teller) =>
  ({ tenantId, time, sequence = 0 }: Occasion): Tell =>
  (type, aggregateId, schema, data) => ({
    id: ids.next(),
    tenantId,
    source,
    type,
    aggregateId,
    sequence,
    time,
    traceparent: traceparent(),
    data: toBinary(schema, create(schema, data)),
  })
