import type { DescMethod, Message } from '@bufbuild/protobuf'
import type { Client as GrpcClient, ClientReadableStream, ClientWritableStream, MethodDefinition } from '@grpc/grpc-js'
import { drained } from './flow.ts'
import type { OutgoingCall } from './outgoing-call.ts'

/** One method of one target, ready to be called. */
export interface Endpoint {
  readonly grpc: GrpcClient
  readonly method: DescMethod
  readonly definition: MethodDefinition<object, Message>
}

const ignore = (): void => {}

/**
 * grpc-js takes a stack trace for every call, in case it fails, and it is a twentieth of the call's cost. Our RpcError
 * has its own stack, so the trace is not taken.
 */
const withoutStack = <T>(make: () => T): T => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return make()
  } finally {
    Error.stackTraceLimit = limit
  }
}

/** One request, one answer; rejects with an explained error. */
export const callUnary = ({ grpc, definition }: Endpoint, outgoing: OutgoingCall, request: object): Promise<Message> =>
  new Promise((resolve, reject) => {
    const { path, requestSerialize, responseDeserialize } = definition
    const options = { deadline: outgoing.deadline }
    const call = withoutStack(() =>
      grpc.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        outgoing.metadata,
        options,
        (error, answer) => {
          release()
          if (error) reject(outgoing.explain(error))
          else resolve(answer!)
        },
      ),
    )
    const release = outgoing.onAbort(() => call.cancel())
  })

/** Writes what the iterable gives, no faster than the server reads, until it ends or the call does. */
class Pump {
  #over = false
  #wake = ignore
  readonly #messages: AsyncIterator<object>
  /** What the caller's iterable threw; the call is cancelled then. */
  failure: { readonly error: unknown } | undefined

  constructor(messages: AsyncIterable<object>) {
    this.#messages = messages[Symbol.asyncIterator]()
  }

  async run(call: ClientWritableStream<object>): Promise<void> {
    try {
      while (!this.#over) {
        const next = await this.#messages.next()
        if (this.#over) return
        if (next.done) return void call.end()
        if (!call.write(next.value)) await drained(call, (wake) => this.#onOver(wake))
      }
    } catch (error) {
      if (this.#over) return
      this.failure = { error }
      call.cancel()
    }
  }

  /** The call has ended: write no more, and let the iterable clean up. */
  stop(): void {
    if (this.#over) return
    this.#over = true
    this.#wake()
    this.#messages.return?.()?.then(ignore, ignore)
  }

  #onOver(wake: () => void): () => void {
    if (this.#over) wake()
    this.#wake = wake
    return () => {
      this.#wake = ignore
    }
  }
}

/** Many requests, one answer. */
export const callClientStream = (
  { grpc, definition }: Endpoint,
  outgoing: OutgoingCall,
  requests: AsyncIterable<object>,
): Promise<Message> =>
  new Promise((resolve, reject) => {
    const { path, requestSerialize, responseDeserialize } = definition
    const pump = new Pump(requests)
    const call = grpc.makeClientStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      outgoing.metadata,
      { deadline: outgoing.deadline },
      (error, answer) => {
        release()
        pump.stop()
        if (pump.failure) reject(pump.failure.error)
        else if (error) reject(outgoing.explain(error))
        else resolve(answer!)
      },
    )
    call.on('error', ignore)
    const release = outgoing.onAbort(() => call.cancel())
    void pump.run(call)
  })

/** The answers of a call; leaving the loop early cancels the call, which `break` alone would not. */
async function* receive(
  call: ClientReadableStream<Message>,
  outgoing: OutgoingCall,
  pump?: Pump,
): AsyncGenerator<Message, void, void> {
  // the cancellation below surfaces as an error event when nobody iterates any more
  call.on('error', ignore)
  const release = outgoing.onAbort(() => call.cancel())
  try {
    yield* call as AsyncIterable<Message>
  } catch (error) {
    throw pump?.failure ? pump.failure.error : outgoing.explain(error)
  } finally {
    release()
    pump?.stop()
    call.cancel()
  }
}

/** One request, many answers. */
export const callServerStream = (
  { grpc, definition }: Endpoint,
  outgoing: OutgoingCall,
  request: object,
): AsyncGenerator<Message, void, void> => {
  const { path, requestSerialize, responseDeserialize } = definition
  const options = { deadline: outgoing.deadline }
  return receive(
    grpc.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, outgoing.metadata, options),
    outgoing,
  )
}

/** Many requests, many answers. */
export const callBidirectional = (
  { grpc, definition }: Endpoint,
  outgoing: OutgoingCall,
  requests: AsyncIterable<object>,
): AsyncGenerator<Message, void, void> => {
  const { path, requestSerialize, responseDeserialize } = definition
  const options = { deadline: outgoing.deadline }
  const call = grpc.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, outgoing.metadata, options)
  const pump = new Pump(requests)
  void pump.run(call)
  return receive(call, outgoing, pump)
}
