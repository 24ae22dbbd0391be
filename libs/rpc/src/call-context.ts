import type { DescMethod } from '@bufbuild/protobuf'
import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js'
import type { Principal } from '@iama/security'
import type { LogFields } from '@iama/telemetry'
import type { Context, Span } from '@opentelemetry/api'
import { Code, RpcError } from './rpc-error.ts'
import { traceparentOf, type TracedCall } from './trace-context.ts'

/** The part of a grpc-js call that all four kinds share. */
export interface AnyServerCall extends Pick<
  ServerUnaryCall<unknown, unknown>,
  'metadata' | 'getPeer' | 'getDeadline' | 'getPath' | 'getHost' | 'getAuthContext' | 'sendMetadata'
> {
  on(event: 'cancelled', listener: () => void): unknown
}

/** What a handler knows about the call that it answers. */
export interface CallContext {
  /** Who calls, as proven by the token. */
  readonly principal: Principal
  /** Aborts when the caller cancels, the deadline passes or the server stops; not at the normal end. */
  readonly signal: AbortSignal
  /** When the caller stops waiting, in milliseconds since 1970; Infinity where it set no deadline. */
  readonly deadline: number
  /** This call's span in W3C form, for events and workflows that outlive the call. */
  readonly traceparent: string | undefined
  /** What the caller sent beside the message. */
  readonly metadata: Metadata
  readonly method: DescMethod
  /** The OpenTelemetry context of the call; the active one, unless the handler left its async scope. */
  readonly trace: Context
  /** The call as grpc-js knows it, for what this library does not cover. */
  readonly call: AnyServerCall
}

const deadlineOf = (call: AnyServerCall): number => {
  const deadline = call.getDeadline()
  return deadline instanceof Date ? deadline.getTime() : deadline
}

/** The server's own side of a CallContext. */
export class ServerCallContext implements CallContext {
  readonly call: AnyServerCall
  readonly method: DescMethod
  readonly metadata: Metadata
  readonly deadline: number
  readonly trace: Context
  /** On every log line of the call; filled as more becomes known. */
  readonly logFields: LogFields
  #principal: Principal | undefined
  // Most unary handlers never look at the signal, and a controller for each call costs throughput: made on demand.
  #controller: AbortController | undefined
  #cancelled: RpcError | undefined
  #finished = false
  readonly #span: Span
  #wakers: Set<() => void> | undefined

  constructor(method: DescMethod, call: AnyServerCall, traced: TracedCall, logFields: LogFields) {
    this.method = method
    this.call = call
    this.metadata = call.metadata
    this.deadline = deadlineOf(call)
    this.trace = traced.context
    this.logFields = logFields
    this.#span = traced.span
    // grpc-js emits `cancelled` after every normal end too
    call.on('cancelled', () => {
      if (!this.#finished) this.cancel(this.#callerGone())
    })
  }

  get traceparent(): string | undefined {
    return traceparentOf(this.#span) ?? this.metadata.get('traceparent')[0]?.toString()
  }

  get principal(): Principal {
    if (!this.#principal) throw new Error('the principal is known only after authentication')
    return this.#principal
  }

  identify(principal: Principal): void {
    this.#principal = principal
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#cancelled) this.#controller.abort(this.#cancelled)
    }
    return this.#controller.signal
  }

  /** Why nobody waits for the answer any more; undefined while somebody does. */
  get cancelled(): RpcError | undefined {
    return this.#cancelled
  }

  cancel(reason: RpcError): void {
    if (this.#finished || this.#cancelled) return
    this.#cancelled = reason
    this.#controller?.abort(reason)
    for (const wake of this.#wakers ?? []) wake()
  }

  /** The answer is complete: what comes now is no cancellation. */
  finish(): void {
    this.#finished = true
  }

  /** Calls back once at cancellation; the returned function takes the wish back. */
  onCancel(wake: () => void): () => void {
    this.#wakers ??= new Set()
    this.#wakers.add(wake)
    return () => this.#wakers?.delete(wake)
  }

  #callerGone(): RpcError {
    return Date.now() >= this.deadline
      ? new RpcError({ status: Code.DEADLINE_EXCEEDED, message: 'the deadline passed before the answer was ready' })
      : new RpcError({ status: Code.CANCELLED, message: 'the caller went away before the answer was ready' })
  }
}
