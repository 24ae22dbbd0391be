import type {
  DescMethodBiDiStreaming,
  DescMethodClientStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  Message,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf'
import type { CallContext } from './call-context.ts'

/**
 * The handlers of a service, one for each method, typed from its descriptor. Unary: request in, answer out. Server
 * streaming: an async iterable out (usually `async *`). Client streaming: an async iterable in. Bidirectional: both.
 * An iterable is pulled only as fast as the other side reads; it is closed (`finally` runs) when the caller goes away.
 */
export type Handlers<Desc extends DescService> = {
  [P in keyof Desc['method']]: Desc['method'][P] extends DescMethodUnary<infer I, infer O>
    ? (request: MessageShape<I>, context: CallContext) => Promise<MessageInitShape<O>>
    : Desc['method'][P] extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageShape<I>, context: CallContext) => AsyncIterable<MessageInitShape<O>>
      : Desc['method'][P] extends DescMethodClientStreaming<infer I, infer O>
        ? (requests: AsyncIterable<MessageShape<I>>, context: CallContext) => Promise<MessageInitShape<O>>
        : Desc['method'][P] extends DescMethodBiDiStreaming<infer I, infer O>
          ? (requests: AsyncIterable<MessageShape<I>>, context: CallContext) => AsyncIterable<MessageInitShape<O>>
          : never
}

/** A handler as the server calls it, its types forgotten. */
export type AnyHandler = (
  request: Message | AsyncIterable<Message>,
  context: CallContext,
) => Promise<object> | AsyncIterable<object>

/** A service with its handlers, ready for `serve`. */
export interface ServiceImplementation {
  readonly service: DescService
  readonly handlers: ReadonlyMap<string, AnyHandler>
}

/** Joins a service to its handlers. Throws when a method has none: what is not built must be absent from the proto. */
export const implement = <Desc extends DescService>(service: Desc, handlers: Handlers<Desc>): ServiceImplementation => {
  const byName = handlers as Record<string, AnyHandler | undefined>
  return {
    service,
    handlers: new Map(
      service.methods.map((method) => {
        const handler = byName[method.localName]
        if (!handler) throw new Error(`${service.typeName} has no handler for ${method.name}`)
        return [method.localName, handler.bind(handlers)]
      }),
    ),
  }
}
