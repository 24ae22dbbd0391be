import type { DescMethod, Message } from '@bufbuild/protobuf'
import { Code, ConnectError, createContextKey, type ConnectRouter, type HandlerContext } from '@connectrpc/connect'
import { client, type CallOptions } from '@iama/rpc'
import { withTraceparent, type Logger } from '@iama/telemetry'
import type { Admission, Admitted } from './admission.ts'
import { httpStatusOf, toConnectError } from './errors.ts'
import { isOpen, publicServices, type PublicService, type Target } from './services.ts'

/** How long a call with one answer may take where the client does not say, in milliseconds. */
const DEFAULT_DEADLINE_MS = 60_000
/** How long a stream may be open where the client does not say. */
const STREAM_DEADLINE_MS = 24 * 60 * 60_000

/** What is known of the HTTP request around a call. */
export interface RequestNotes {
  /** The client's address. */
  readonly peer: string
  /** What a failed call would have been in HTTP: gRPC answers 200 to everything. */
  failedWith?: number
}

export const requestNotes = createContextKey<RequestNotes>({ peer: '' })
const admission = createContextKey<Admitted | undefined>(undefined)

type Call = (request: object, options: CallOptions) => Promise<Message> & AsyncGenerator<Message, void, void>

export interface Forwarding {
  readonly addresses: Readonly<Record<Target, string>>
  /** Where clients are left to be closed when the gateway stops. */
  readonly clients: DisposableStack
  readonly admission: Admission
  readonly logger: Logger
}

/** Lets every method of every public service pass through to where it is answered. */
export const forwardAll =
  (forwarding: Forwarding) =>
  (router: ConnectRouter): void => {
    for (const entry of publicServices) forwardService(router, entry, forwarding)
  }

const forwardService = (router: ConnectRouter, entry: PublicService, forwarding: Forwarding): void => {
  const { service, target } = entry
  const upstream = client(service, forwarding.addresses[target], {
    defaultDeadlineMs: DEFAULT_DEADLINE_MS,
    streamDeadlineMs: STREAM_DEADLINE_MS,
  })
  forwarding.clients.use(upstream)
  const calls = upstream as unknown as Readonly<Record<string, Call>>
  for (const method of service.methods)
    router.rpc(method as never, handlerOf(method, calls[method.localName]!, forwarding.logger) as never, {
      requestGate: gate(entry, forwarding),
    })
}

/** Before the body is read: nobody makes us parse megabytes without being somebody. */
const gate =
  (entry: PublicService, { admission: door, logger }: Forwarding) =>
  async ({ method, requestHeader, values }: HandlerContext): Promise<void> => {
    const notes = values.get(requestNotes)
    try {
      const admitted = await withTraceparent(requestHeader.get('traceparent') ?? undefined, () =>
        door.admit({
          audience: entry.target,
          open: isOpen(entry, method),
          authorization: requestHeader.get('authorization'),
          peer: notes.peer,
        }),
      )
      values.set(admission, admitted)
    } catch (error) {
      throw refused(error, notes, logger)
    }
  }

const handlerOf = (method: DescMethod, call: Call, logger: Logger) => {
  switch (method.methodKind) {
    case 'unary':
      return forwardUnary(call, logger)
    case 'server_streaming':
      return forwardStream(call, logger)
    default:
      throw new Error(`${method.parent.typeName}/${method.name} streams requests, which public services do not`)
  }
}

const forwardUnary = (call: Call, logger: Logger) => async (request: object, context: HandlerContext) => {
  try {
    return await traced(context, () => call(request, optionsOf(context)))
  } catch (error) {
    throw failed(error, context, logger)
  }
}

const forwardStream = (call: Call, logger: Logger) =>
  async function* (request: object, context: HandlerContext): AsyncGenerator<Message, void, void> {
    try {
      const answers = call(request, optionsOf(context))
      // the call is made when the first answer is asked for, and belongs to the trace in which that happens
      const first = await traced(context, () => answers.next())
      if (first.done) return
      yield first.value
      yield* answers
    } catch (error) {
      throw failed(error, context, logger)
    }
  }

const traced = <T>({ requestHeader }: HandlerContext, work: () => T): T =>
  withTraceparent(requestHeader.get('traceparent') ?? undefined, work)

const optionsOf = ({ signal, timeoutMs, values }: HandlerContext): CallOptions => ({
  token: values.get(admission)?.token,
  signal,
  deadlineMs: timeoutMs(),
  metadata: { 'x-forwarded-for': values.get(requestNotes).peer },
})

const failed = (error: unknown, { values, signal }: HandlerContext, logger: Logger): ConnectError => {
  values.get(admission)?.reject(error)
  // the reason of an abort is whatever closed the connection
  const told = signal.aborted && !(error instanceof ConnectError) && error === signal.reason ? gone() : error
  return refused(told, values.get(requestNotes), logger)
}

const gone = (): ConnectError => new ConnectError('the client went away before the answer was ready', Code.Canceled)

const refused = (error: unknown, notes: RequestNotes, logger: Logger): ConnectError => {
  const answer = toConnectError(error, logger)
  notes.failedWith = httpStatusOf(answer)
  return answer
}
