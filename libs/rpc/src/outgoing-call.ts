import type { DescMethod } from '@bufbuild/protobuf'
import { Metadata, type ServiceError } from '@grpc/grpc-js'
import type { Principal } from '@iama/security'
import { context as active, trace } from '@opentelemetry/api'
import type { CallContext } from './call-context.ts'
import { rpcErrorFrom } from './error-details.ts'
import { Code, RpcError } from './rpc-error.ts'
import { clientSpan, endSpan, type TracedCall } from './trace-context.ts'

/** The bearer token for a call: to which method, and on whose behalf where the call serves another. */
export type TokenProvider = (call: {
  readonly method: DescMethod
  readonly onBehalfOf: Principal | undefined
}) => string | Promise<string>

/** What one call may set. */
export interface CallOptions {
  /** How long to wait in milliseconds; never beyond the parent's deadline. */
  readonly deadlineMs?: number | undefined
  /** Cancels the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** The call that this one serves: its deadline, cancellation, trace and principal are carried on. */
  readonly parent?: CallContext | undefined
  /** Replaces the client's token provider. */
  readonly token?: string | undefined
  /** Sent beside the message. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** The call may be repeated, though neither its name nor its request shows it. */
  readonly idempotent?: boolean | undefined
}

const traceParent = (parent: CallContext | undefined) =>
  trace.getSpan(active.active()) || !parent ? active.active() : parent.trace

const none: readonly AbortSignal[] = []

/** One call on its way: what travels with it, how it is cancelled, and how its failure is told. */
export class OutgoingCall {
  readonly metadata = new Metadata()
  /** Milliseconds since 1970. */
  readonly deadline: number
  readonly #signals: readonly AbortSignal[]
  readonly #traced: TracedCall

  constructor(method: DescMethod, options: CallOptions, defaultDeadlineMs: number) {
    const { parent, signal, metadata } = options
    this.deadline = Math.min(Date.now() + (options.deadlineMs ?? defaultDeadlineMs), parent?.deadline ?? Infinity)
    this.#signals = signal || parent ? [signal, parent?.signal].filter((one) => one !== undefined) : none
    if (metadata) for (const [key, value] of Object.entries(metadata)) this.metadata.set(key, value)
    this.#traced = clientSpan(method, this.metadata, traceParent(parent))
  }

  /** Throws when the call is already cancelled or late: it then never leaves. */
  assertWanted(): void {
    for (const signal of this.#signals) signal.throwIfAborted()
    if (Date.now() >= this.deadline)
      throw new RpcError({
        status: Code.DEADLINE_EXCEEDED,
        message: 'the deadline had passed before the call was made',
      })
  }

  /** Runs `cancel` when the caller gives up; the returned function ends the watch. */
  onAbort(cancel: () => void): () => void {
    for (const signal of this.#signals) signal.addEventListener('abort', cancel, { once: true })
    return () => {
      for (const signal of this.#signals) signal.removeEventListener('abort', cancel)
    }
  }

  /** The error as the caller shall see it: its own reason where it cancelled, else the server's. */
  explain(error: unknown): unknown {
    const aborted = this.#signals.find((signal) => signal.aborted)
    if (aborted) return aborted.reason
    return error instanceof Error && 'code' in error && 'details' in error ? rpcErrorFrom(error as ServiceError) : error
  }

  /** Closes the span; `error` is what the caller gets, undefined at success. */
  end(error?: unknown): void {
    const code = error === undefined ? Code.OK : error instanceof RpcError ? error.status : Code.CANCELLED
    endSpan(this.#traced.span, code)
  }
}
