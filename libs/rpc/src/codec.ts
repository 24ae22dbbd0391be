import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { DescMessage, DescMethod, DescService, Message } from '@bufbuild/protobuf'
import type { MethodDefinition } from '@grpc/grpc-js'

/** 16 MiB, in either direction: the manifest of 50,000 files fits. Larger things travel as streams. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024

/** Bytes that are not the message they claim to be; refused at the handler, with a reason. */
export class Malformed {
  readonly problem: string
  constructor(problem: string) {
    this.problem = problem
  }
}

type Serialize = (value: object) => Buffer
type Deserialize<T> = (bytes: Buffer) => T

/** Plain objects and messages alike become bytes; the buffer is a view, not a copy. */
const write =
  (desc: DescMessage): Serialize =>
  (value) => {
    const bytes = toBinary(desc, create(desc, value as Record<string, unknown>))
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

/** A Uint8Array view: otherwise every `bytes` field of the message would be a Node Buffer. */
const read =
  (desc: DescMessage): Deserialize<Message> =>
  (buffer) =>
    fromBinary(desc, new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength))

const readOrMalformed =
  (desc: DescMessage): Deserialize<Message | Malformed> =>
  (buffer) => {
    try {
      return read(desc)(buffer)
    } catch (error) {
      return new Malformed(error instanceof Error ? error.message : String(error))
    }
  }

/** Whether the caller sends a stream of requests. */
export const streamsRequests = (method: DescMethod): boolean =>
  method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming'

/** Whether the server answers with a stream. */
export const streamsResponses = (method: DescMethod): boolean =>
  method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming'

/** The HTTP/2 path of a method: `/package.Service/Method`. */
export const methodPath = (method: DescMethod): string => `/${method.parent.typeName}/${method.name}`

/** What grpc-js needs to know of one method. */
export const methodDefinition = (method: DescMethod): MethodDefinition<object, Message> => ({
  path: methodPath(method),
  requestStream: streamsRequests(method),
  responseStream: streamsResponses(method),
  requestSerialize: write(method.input),
  requestDeserialize: readOrMalformed(method.input),
  responseSerialize: write(method.output),
  responseDeserialize: read(method.output),
})

/**
 * The grpc-js definition of a service, keyed by the methods' local names (`createJob`). Also what a benchmark needs to
 * run a bare grpc-js server over the same messages.
 */
export const serviceDefinition = (service: DescService): Record<string, MethodDefinition<object, Message>> =>
  Object.fromEntries(service.methods.map((method) => [method.localName, methodDefinition(method)]))
