import type { DescMethod, Message } from '@bufbuild/protobuf'
import type {
  handleUnaryCall,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  UntypedHandleCall,
} from '@grpc/grpc-js'
import type { Readable } from 'node:stream'
import type { ServerCallContext } from './call-context.ts'
import type { CallRunner } from './call-runner.ts'
import type { Malformed } from './codec.ts'
import type { FailedStatus } from './error-details.ts'
import { drained } from './flow.ts'
import type { AnyHandler } from './service.ts'

type Arrived = Message | Malformed
type UnaryCallback = Parameters<handleUnaryCall<Arrived, object>>[1]
type WritableCall = ServerWritableStream<Arrived, object> | ServerDuplexStream<Arrived, object>
type ReadableCall = ServerReadableStream<Arrived, object> | ServerDuplexStream<Arrived, object>

const failUnary =
  (callback: UnaryCallback) =>
  (status: FailedStatus): void =>
    callback(status)

// grpc-js turns an `error` event into the final status, after what was written before it
const failStream =
  (call: WritableCall) =>
  (status: FailedStatus): void => {
    call.emit('error', status)
  }

/** What the caller streams, pulled as fast as the handler asks; ends with the reason when the caller goes away. */
async function* arriving(call: ReadableCall, context: ServerCallContext, runner: CallRunner): AsyncGenerator<Message> {
  try {
    // a handler that stops reading early must still be able to answer on the same stream
    const messages = (call as Readable).iterator({ destroyOnReturn: false }) as AsyncIterable<Arrived>
    for await (const message of messages) yield await runner.accept(message, context)
  } catch (error) {
    throw context.cancelled ?? error
  }
}

const sendAll = async (
  call: WritableCall,
  context: ServerCallContext,
  answers: AsyncIterable<object>,
): Promise<void> => {
  for await (const answer of answers) {
    if (context.cancelled) break
    if (!call.write(answer)) await drained(call, (wake) => context.onCancel(wake))
    if (context.cancelled) break
  }
  if (context.cancelled) return
  context.finish()
  call.end()
}

const unary =
  (method: DescMethod, handler: AnyHandler, runner: CallRunner) =>
  (call: ServerUnaryCall<Arrived, object>, callback: UnaryCallback): void =>
    void runner.run(method, call, failUnary(callback), async (context) => {
      const answer = await (handler(await runner.accept(call.request, context), context) as Promise<object>)
      context.finish()
      callback(null, answer)
    })

const serverStreaming =
  (method: DescMethod, handler: AnyHandler, runner: CallRunner) =>
  (call: ServerWritableStream<Arrived, object>): void =>
    void runner.run(method, call, failStream(call), async (context) => {
      const request = await runner.accept(call.request, context)
      await sendAll(call, context, handler(request, context) as AsyncIterable<object>)
    })

const clientStreaming =
  (method: DescMethod, handler: AnyHandler, runner: CallRunner) =>
  (call: ServerReadableStream<Arrived, object>, callback: UnaryCallback): void =>
    void runner.run(method, call, failUnary(callback), async (context) => {
      const answer = await (handler(arriving(call, context, runner), context) as Promise<object>)
      context.finish()
      callback(null, answer)
    })

const bidirectional =
  (method: DescMethod, handler: AnyHandler, runner: CallRunner) =>
  (call: ServerDuplexStream<Arrived, object>): void =>
    void runner.run(method, call, failStream(call), (context) =>
      sendAll(call, context, handler(arriving(call, context, runner), context) as AsyncIterable<object>),
    )

const wrappers = {
  unary,
  server_streaming: serverStreaming,
  client_streaming: clientStreaming,
  bidi_streaming: bidirectional,
}

/** The grpc-js handler that runs ours. */
export const grpcHandler = (method: DescMethod, handler: AnyHandler, runner: CallRunner): UntypedHandleCall =>
  wrappers[method.methodKind](method, handler, runner)
