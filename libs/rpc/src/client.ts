import type {
  DescMethod,
  DescMethodBiDiStreaming,
  DescMethodClientStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  Message,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf'
import type { ChannelCredentials } from '@grpc/grpc-js'
import { setTimeout as sleep } from 'node:timers/promises'
import { leaseChannel } from './channels.ts'
import { callBidirectional, callClientStream, callServerStream, callUnary, type Endpoint } from './client-calls.ts'
import { methodDefinition } from './codec.ts'
import { OutgoingCall, type CallOptions, type TokenProvider } from './outgoing-call.ts'
import { defaultRetry, isIdempotent, pauseBeforeRetry, type RetryPolicy } from './retry.ts'

export type { CallOptions, TokenProvider } from './outgoing-call.ts'

export interface ClientOptions {
  /** The bearer token of each call; none is sent without it. */
  readonly token?: TokenProvider
  /** TLS; plain text unless given. Clients share a channel only when they share this object. */
  readonly credentials?: ChannelCredentials
  /** For calls with one answer and no deadline of their own, in milliseconds; 10,000 unless given. */
  readonly defaultDeadlineMs?: number
  /** For streams with no deadline of their own, in milliseconds; 30 minutes unless given. */
  readonly streamDeadlineMs?: number
  /** For idempotent unary calls that meet UNAVAILABLE; five tries within about a second unless given. */
  readonly retry?: RetryPolicy
}

/** The typed methods of a service at one target. Every failure is an `RpcError`, or the reason of your own signal. */
export type Client<Desc extends DescService> = {
  readonly [P in keyof Desc['method']]: Desc['method'][P] extends DescMethodUnary<infer I, infer O>
    ? (request: MessageInitShape<I>, options?: CallOptions) => Promise<MessageShape<O>>
    : Desc['method'][P] extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageInitShape<I>, options?: CallOptions) => AsyncGenerator<MessageShape<O>, void, void>
      : Desc['method'][P] extends DescMethodClientStreaming<infer I, infer O>
        ? (requests: AsyncIterable<MessageInitShape<I>>, options?: CallOptions) => Promise<MessageShape<O>>
        : Desc['method'][P] extends DescMethodBiDiStreaming<infer I, infer O>
          ? (
              requests: AsyncIterable<MessageInitShape<I>>,
              options?: CallOptions,
            ) => AsyncGenerator<MessageShape<O>, void, void>
          : never
} & Disposable

interface Settings {
  readonly token: TokenProvider | undefined
  readonly defaultDeadlineMs: number
  readonly streamDeadlineMs: number
  readonly retry: RetryPolicy
}

const begin = async (
  method: DescMethod,
  options: CallOptions,
  settings: Settings,
  deadlineMs: number,
): Promise<OutgoingCall> => {
  const outgoing = new OutgoingCall(method, options, deadlineMs)
  try {
    outgoing.assertWanted()
    if (options.token === undefined && !settings.token) return outgoing
    const token = options.token ?? (await settings.token!({ method, onBehalfOf: options.parent?.principal }))
    outgoing.metadata.set('authorization', `Bearer ${token}`)
    outgoing.assertWanted()
    return outgoing
  } catch (error) {
    outgoing.end(error)
    throw error
  }
}

/** Sleeps unless the deadline would pass or the caller gives up meanwhile; false says that it did not. */
const pause = async (ms: number, outgoing: OutgoingCall): Promise<boolean> => {
  if (Date.now() + ms >= outgoing.deadline) return false
  const woken = new AbortController()
  const release = outgoing.onAbort(() => woken.abort())
  try {
    await sleep(ms, undefined, { signal: woken.signal })
    return true
  } catch {
    return false
  } finally {
    release()
  }
}

const withRetry = async (
  outgoing: OutgoingCall,
  policy: RetryPolicy,
  isRepeatable: () => boolean,
  attempt: () => Promise<Message>,
): Promise<Message> => {
  for (let failed = 1; ; failed += 1) {
    try {
      return await attempt()
    } catch (error) {
      const ms = isRepeatable() ? pauseBeforeRetry(error, failed, policy, Math.random()) : undefined
      if (ms === undefined || !(await pause(ms, outgoing))) throw outgoing.explain(error)
    }
  }
}

type Answer = (input: object, options: CallOptions) => Promise<Message>
type Answers = (input: object, options: CallOptions) => AsyncGenerator<Message, void, void>

const single =
  (endpoint: Endpoint, settings: Settings, send: (outgoing: OutgoingCall, input: object) => Promise<Message>): Answer =>
  async (input, options) => {
    const { method } = endpoint
    const outgoing = await begin(method, options, settings, settings.defaultDeadlineMs)
    const isRepeatable = () => method.methodKind === 'unary' && (options.idempotent ?? isIdempotent(method, input))
    try {
      const answer = await withRetry(outgoing, settings.retry, isRepeatable, () => send(outgoing, input))
      outgoing.end()
      return answer
    } catch (error) {
      outgoing.end(error)
      throw error
    }
  }

/** The call is made when the first answer is asked for. */
const streamed = (
  endpoint: Endpoint,
  settings: Settings,
  send: (outgoing: OutgoingCall, input: object) => AsyncGenerator<Message, void, void>,
): Answers =>
  async function* (input, options) {
    const outgoing = await begin(endpoint.method, options, settings, settings.streamDeadlineMs)
    let failure: { readonly error: unknown } | undefined
    try {
      yield* send(outgoing, input)
    } catch (error) {
      failure = { error }
      throw error
    } finally {
      outgoing.end(failure?.error)
    }
  }

const bindMethod = (endpoint: Endpoint, settings: Settings): Answer | Answers => {
  switch (endpoint.method.methodKind) {
    case 'unary':
      return single(endpoint, settings, (outgoing, request) => callUnary(endpoint, outgoing, request))
    case 'client_streaming': {
      // a stream of requests takes as long as it takes: the longer deadline
      const patient = { ...settings, defaultDeadlineMs: settings.streamDeadlineMs }
      return single(endpoint, patient, (outgoing, requests) =>
        callClientStream(endpoint, outgoing, requests as AsyncIterable<object>),
      )
    }
    case 'server_streaming':
      return streamed(endpoint, settings, (outgoing, request) => callServerStream(endpoint, outgoing, request))
    case 'bidi_streaming':
      return streamed(endpoint, settings, (outgoing, requests) =>
        callBidirectional(endpoint, outgoing, requests as AsyncIterable<object>),
      )
  }
}

/**
 * A typed client. The target is `host:port`, several replicas as `ipv4:host:port,host:port`, or a name with many
 * addresses as `dns:///jobs:50051`; calls go to the replicas in turn. Clients of one target share a channel; `client[Symbol.dispose]()` gives the place back. Connecting
 * is lazy: a target that is away shows at the first call, as UNAVAILABLE.
 */
export const client = <Desc extends DescService>(
  service: Desc,
  target: string,
  options: ClientOptions = {},
): Client<Desc> => {
  const lease = leaseChannel(target, options.credentials)
  const settings: Settings = {
    token: options.token,
    defaultDeadlineMs: options.defaultDeadlineMs ?? 10_000,
    streamDeadlineMs: options.streamDeadlineMs ?? 30 * 60_000,
    retry: options.retry ?? defaultRetry,
  }
  const methods = service.methods.map((method) => {
    const bound = bindMethod({ grpc: lease.grpc, method, definition: methodDefinition(method) }, settings)
    return [method.localName, (input: object, callOptions: CallOptions = {}) => bound(input, callOptions)] as const
  })
  return Object.assign(Object.fromEntries(methods), { [Symbol.dispose]: () => lease.release() }) as Client<Desc>
}
