/** A fact that one service tells the others: CloudEvents 1.0, binary mode, protobuf data. */
export interface DomainMessage {
  /** UUID: the CloudEvents id, the `Nats-Msg-Id` and the outbox id are the same. */
  readonly id: string
  /** UUID of the tenant that the fact belongs to. */
  readonly tenantId: string
  /** The service that tells it, for example `jobs`. */
  readonly source: string
  /** The aggregate and what happened to it, for example `job.created`. */
  readonly type: string
  /** UUID of the aggregate; messages of one aggregate stay in order. */
  readonly aggregateId: string
  /** The aggregate's sequence at this fact, from 1; 0 where the aggregate has none. */
  readonly sequence: number
  /** When it happened. */
  readonly time: Date
  /** W3C trace context; empty when there is none. */
  readonly traceparent: string
  /** The protobuf message of the type. */
  readonly data: Uint8Array
}

/** `events.<tenant_id>.<service>.<aggregate>.<event>` */
export const subjectOf = (message: DomainMessage): string =>
  `events.${message.tenantId}.${message.source}.${message.type}`

/** The stream of a service, for example `EVENTS_JOBS`. */
export const streamOf = (service: string): string => `EVENTS_${service.toUpperCase()}`

export const DEAD_LETTER_STREAM = 'EVENTS_DLQ'
