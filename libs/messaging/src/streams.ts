import { readFile } from 'node:fs/promises'
import {
  AckPolicy,
  DeliverPolicy,
  jetstreamManager,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type ConsumerConfig,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream'
import { nanos, type NatsConnection } from '@nats-io/nats-core'
import { parse } from 'yaml'
import { z } from 'zod'

const consumerSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  /** Subjects of the stream that it reads; all when absent. */
  filters: z.array(z.string()).optional(),
  /** How long a message may stay unacknowledged before it is delivered again, in seconds. */
  ackWaitSeconds: z.number().positive().default(30),
  /** Messages delivered and not acknowledged, at the most. */
  maxAckPending: z.number().int().positive().default(256),
})

const streamSchema = z.strictObject({
  name: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  subjects: z.array(z.string()).nonempty(),
  /** How long messages are kept, in days. */
  maxAgeDays: z.number().positive(),
  /** How long a repeated message id is recognised, in minutes. */
  dedupMinutes: z.number().positive(),
  consumers: z.array(consumerSchema).default([]),
})

const fileSchema = z.strictObject({ streams: z.array(streamSchema).nonempty() })

export type StreamDeclaration = z.infer<typeof streamSchema>
export type ConsumerDeclaration = z.infer<typeof consumerSchema>

/** Reads `deploy/nats/streams.yaml`. A wrong file is refused with the path of the wrong key. */
export const readStreams = async (file: string): Promise<StreamDeclaration[]> => {
  const parsed = fileSchema.safeParse(parse(await readFile(file, 'utf8')))
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`)
  return parsed.data.streams
}

/** @throws Error when the file declares no such stream */
export const findStream = (streams: readonly StreamDeclaration[], name: string): StreamDeclaration => {
  const found = streams.find((stream) => stream.name === name)
  if (!found) throw new Error(`deploy/nats/streams.yaml does not declare the stream ${name}`)
  return found
}

const MS_PER_DAY = 86_400_000

/** Since NATS 2.12 a stream can take many messages as one; an older server gets them one by one. */
const takesBatches = (nats: NatsConnection): boolean => {
  const [major = 0, minor = 0] = (nats.info?.version ?? '').split('.').map(Number)
  return major > 2 || (major === 2 && minor >= 12)
}

const streamConfig = (nats: NatsConnection, declared: StreamDeclaration): Partial<StreamConfig> & { name: string } => ({
  ...(takesBatches(nats) ? { allow_atomic: true } : {}),
  name: declared.name,
  subjects: declared.subjects,
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  max_age: nanos(declared.maxAgeDays * MS_PER_DAY),
  duplicate_window: nanos(declared.dedupMinutes * 60_000),
})

const consumerConfig = (declared: ConsumerDeclaration): Partial<ConsumerConfig> => ({
  durable_name: declared.name,
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
  ack_wait: nanos(declared.ackWaitSeconds * 1_000),
  max_deliver: -1,
  max_ack_pending: declared.maxAckPending,
  ...(declared.filters ? { filter_subjects: declared.filters } : {}),
})

/** Every call has a deadline; a server that is away answers none of them. */
const managerOf = async (nats: NatsConnection): Promise<JetStreamManager> =>
  await jetstreamManager(nats, { timeout: 2_000, checkAPI: false })

/** Differences between what is declared and what the server has, a sentence each; empty when they agree. */
export const diffStreams = async (nats: NatsConnection, declared: readonly StreamDeclaration[]): Promise<string[]> => {
  const manager = await managerOf(nats)
  const differences: string[] = []
  for (const stream of declared) {
    const actual = await orUndefined(manager.streams.info(stream.name))
    if (!actual) {
      differences.push(`stream ${stream.name} is missing`)
      continue
    }
    differences.push(...compare(`stream ${stream.name}`, streamConfig(nats, stream), { ...actual.config }))
    for (const consumer of stream.consumers) {
      const found = await orUndefined(manager.consumers.info(stream.name, consumer.name))
      const label = `consumer ${stream.name}/${consumer.name}`
      if (!found) differences.push(`${label} is missing`)
      else differences.push(...compareConsumer(label, consumer, found.config))
    }
  }
  return differences
}

// The server answers a single filter in the older field.
const filtersOf = (config: Partial<ConsumerConfig>): string[] =>
  config.filter_subjects ?? (config.filter_subject ? [config.filter_subject] : [])

const compareConsumer = (label: string, declared: ConsumerDeclaration, actual: ConsumerConfig): string[] => {
  const wanted = consumerConfig(declared)
  return compare(
    label,
    { ...wanted, filter_subjects: filtersOf(wanted) },
    { ...actual, filter_subjects: filtersOf(actual) },
  )
}

const compare = (label: string, wanted: Record<string, unknown>, actual: Record<string, unknown>): string[] =>
  Object.entries(wanted)
    .filter(([key, value]) => JSON.stringify(actual[key]) !== JSON.stringify(value))
    .map(([key, value]) => `${label}: ${key} is ${JSON.stringify(actual[key])}, declared ${JSON.stringify(value)}`)

/** Makes the server agree with what is declared. Repeating it changes nothing. */
export const applyStreams = async (nats: NatsConnection, declared: readonly StreamDeclaration[]): Promise<void> => {
  for (const stream of declared) await applyStream(nats, stream)
}

/**
 * Makes one stream and its consumers agree with what is declared.
 * @returns when the stream was made, as the server tells it: another value means another store
 */
export const applyStream = async (nats: NatsConnection, declared: StreamDeclaration): Promise<string> =>
  (await ensureStream(nats, declared)).created

/** A stream as it is on the server. */
export interface SeenStream {
  /** When it was made: another value means another store. */
  readonly created: string
  /** It only grows, unless the store was put back to an earlier state. */
  readonly lastSequence: number
  /** Whether it takes many messages as one. */
  readonly atomic: boolean
}

/** The stream, or undefined when there is none of that name. */
export const lookAtStream = async (nats: NatsConnection, name: string): Promise<SeenStream | undefined> => {
  const manager = await managerOf(nats)
  return seen(await orUndefined(manager.streams.info(name)))
}

/** As `applyStream`, and tells how far the stream has come. */
export const ensureStream = async (nats: NatsConnection, declared: StreamDeclaration): Promise<SeenStream> => {
  const manager = await managerOf(nats)
  const wanted = streamConfig(nats, declared)
  let actual = await orUndefined(manager.streams.info(declared.name))
  if (!actual) actual = await manager.streams.add(wanted)
  else if (compare('', wanted, { ...actual.config }).length > 0) {
    actual = await manager.streams.update(declared.name, wanted)
  }
  for (const consumer of declared.consumers) {
    const found = await orUndefined(manager.consumers.info(declared.name, consumer.name))
    if (!found) await manager.consumers.add(declared.name, consumerConfig(consumer))
    else if (compareConsumer('', consumer, found.config).length > 0) {
      await manager.consumers.update(declared.name, consumer.name, {
        ...consumerConfig(consumer),
        // What is left out of an update stays as it was.
        filter_subjects: consumer.filters ?? [],
      })
    }
  }
  return seen(actual)!
}

/** The sequence of the last message of a subject, or undefined when there is none, or no stream. */
export const lastOf = async (nats: NatsConnection, stream: string, subject: string): Promise<number | undefined> => {
  const manager = await managerOf(nats)
  return (await orUndefined(manager.streams.getMessage(stream, { last_by_subj: subject })))?.seq
}

/** Takes the messages of a subject out of a stream. */
export const purge = async (nats: NatsConnection, stream: string, subject: string): Promise<void> => {
  const manager = await managerOf(nats)
  await orUndefined(manager.streams.purge(stream, { filter: subject }))
}

const seen = (info: StreamInfo | undefined): SeenStream | undefined =>
  info && {
    created: info.created,
    lastSequence: info.state.last_seq,
    atomic: info.config.allow_atomic === true,
  }

const NOT_FOUND_CODES = new Set([10014, 10059])

const orUndefined = async <T>(answer: Promise<T>): Promise<T | undefined> => {
  try {
    return await answer
  } catch (error) {
    if (error instanceof JetStreamApiError && NOT_FOUND_CODES.has(error.code)) return undefined
    throw error
  }
}

/** Whether a publish failed because no stream took the message: it is missing, or JetStream is not there yet. */
export const isStreamMissing = (error: unknown): boolean =>
  ['JetStreamNotEnabled', 'NoRespondersError'].includes((error as Error).name) ||
  (error as { isNoResponders?: () => boolean }).isNoResponders?.() === true ||
  (error instanceof JetStreamApiError && NOT_FOUND_CODES.has(error.code))
