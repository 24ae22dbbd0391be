import type { DescMethod, Message } from '@bufbuild/protobuf'
import type { Metadata } from '@grpc/grpc-js'
import { DomainError, InvalidRequest } from '@iama/kernel'
import type { Principal } from '@iama/security'
import { logScope, type LogFields, type Metrics } from '@iama/telemetry'
import { context as active, type Span } from '@opentelemetry/api'
import { ServerCallContext, type AnyServerCall } from './call-context.ts'
import { Malformed } from './codec.ts'
import { statusOf, type FailedStatus } from './error-details.ts'
import type { CallOutcome, Interceptor } from './interceptor.ts'
import { Code, codeName, RpcError } from './rpc-error.ts'
import { endSpan, serverSpan, traceIdOf } from './trace-context.ts'

/** Who calls, from what was sent beside the message; throws a refusal of kind `unauthenticated`. */
export type Authenticate = (metadata: Metadata, method: DescMethod) => Principal | Promise<Principal>

/** The part of a pino logger that is used here. */
export interface RpcLogger {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
  debug(fields: object, message: string): void
}

export interface RunnerOptions {
  readonly authenticate: Authenticate
  readonly interceptors: readonly Interceptor[]
  readonly logger: RpcLogger
  /** The page that explains a reason, where there is one. */
  readonly help?: ((reason: string) => string | undefined) | undefined
  readonly metrics?: Pick<Metrics, 'rpcServerDuration'> | undefined
}

/** Another service's answers that speak of our own credentials or versions, not of what our caller did. */
const ownFault: ReadonlySet<Code> = new Set([Code.UNAUTHENTICATED, Code.UNIMPLEMENTED, Code.UNKNOWN, Code.DATA_LOSS])

type Fail = (status: FailedStatus) => void

/** Ids that the logs of a call carry, as far as its caller and its first message tell them. */
const noteCaller = (fields: LogFields, { tenantId, userId, jobId }: Principal): void => {
  if (tenantId !== '') fields.tenant_id = tenantId
  if (userId !== undefined) fields.user_id = userId
  if (jobId !== undefined) fields.job_id = jobId
}

const noteMessage = (fields: LogFields, message: Message): void => {
  const { tenantId, jobId, header } = message as { tenantId?: unknown; jobId?: unknown; header?: unknown }
  if (typeof tenantId === 'string' && tenantId !== '') fields.tenant_id ??= tenantId.slice(0, 64)
  if (typeof jobId === 'string' && jobId !== '') fields.job_id ??= jobId.slice(0, 64)
  if (typeof header === 'object' && header !== null) noteMessage(fields, { ...header, header: undefined } as never)
}

/** Runs handlers: identity, interceptors, trace, and one way out for every error. */
export class CallRunner {
  readonly #options: RunnerOptions
  readonly #open = new Map<ServerCallContext, Fail>()
  readonly #readers: readonly NonNullable<Interceptor['message']>[]

  constructor(options: RunnerOptions) {
    this.#options = options
    this.#readers = options.interceptors.flatMap((one) => (one.message ? [one.message.bind(one)] : []))
  }

  /**
   * Never rejects: an async handler whose rejection reached grpc-js would leave the caller waiting for its deadline.
   * `body` sends the answer itself, after `context.finish()`.
   */
  async run(
    method: DescMethod,
    call: AnyServerCall,
    fail: Fail,
    body: (context: ServerCallContext) => Promise<void>,
  ): Promise<void> {
    const started = performance.now()
    const traced = serverSpan(method, call.metadata)
    const scope = logScope(traced.context)
    const context = new ServerCallContext(method, call, { span: traced.span, context: scope.context }, scope.fields)
    this.#open.set(context, fail)
    let principal: Principal | undefined
    let code = Code.OK
    try {
      await active.with(scope.context, async () => {
        principal = await this.#options.authenticate(call.metadata, method)
        noteCaller(scope.fields, principal)
        context.identify(principal)
        for (const interceptor of this.#options.interceptors) await interceptor.before?.(context)
        await body(context)
      })
      code = context.cancelled?.status ?? Code.OK
    } catch (error) {
      code = active.with(scope.context, () => this.#refuse(error, context, traced.span, fail))
    }
    context.finish()
    this.#open.delete(context)
    endSpan(traced.span, code)
    this.#report({ method, code, durationMs: performance.now() - started, principal })
  }

  /** Checks one message that arrived; returns it when the handler may see it. */
  accept(message: Message | Malformed, context: ServerCallContext): Message | Promise<Message> {
    if (message instanceof Malformed)
      throw new InvalidRequest([
        {
          field: 'request',
          reason: `is not a ${context.method.input.typeName}: ${message.problem}`,
          fix: 'send the message of the published proto, in binary form',
        },
      ])
    noteMessage(context.logFields, message)
    // no promise where no rule needs one: this runs for every message of a stream
    return this.#readers.length === 0 ? message : this.#read(message, context)
  }

  /** Ends every open call, so that callers learn why instead of seeing a cut connection. */
  abandon(reason: RpcError): void {
    for (const [context, fail] of [...this.#open]) {
      fail(statusOf(reason))
      context.cancel(reason)
    }
  }

  async #read(message: Message, context: ServerCallContext): Promise<Message> {
    for (const read of this.#readers) await read(message, context)
    return message
  }

  #report(outcome: CallOutcome): void {
    const { method, code, durationMs } = outcome
    this.#options.metrics?.rpcServerDuration.record(durationMs / 1_000, {
      rpc_service: method.parent.typeName,
      rpc_method: method.name,
      grpc_code: codeName(code),
    })
    for (const interceptor of this.#options.interceptors) interceptor.after?.(outcome)
  }

  #refuse(error: unknown, context: ServerCallContext, span: Span, fail: Fail): Code {
    if (context.cancelled) {
      // nobody waits any more; the error is most often the echo of the abort itself
      this.#options.logger.debug({ err: error, rpc: context.method.name }, 'call ended after its caller had gone')
      return context.cancelled.status
    }
    const refusal = this.#asRefusal(error, context, span)
    context.finish()
    fail(statusOf(refusal, this.#options.help?.(refusal.code)))
    return refusal instanceof RpcError ? refusal.status : statusOf(refusal).code
  }

  #asRefusal(error: unknown, context: ServerCallContext, span: Span): DomainError {
    if (error instanceof RpcError && error.status === Code.CANCELLED)
      return new RpcError({ status: Code.UNAVAILABLE, message: error.message, metadata: error.metadata })
    const loggedElsewhere = error instanceof RpcError && error.metadata['trace_id'] !== undefined
    if (
      error instanceof RpcError &&
      (loggedElsewhere || !(ownFault.has(error.status) || error.status === Code.INTERNAL))
    )
      return error
    if (error instanceof DomainError && !(error instanceof RpcError)) return error
    const traceId = traceIdOf(span, context.traceparent)
    this.#options.logger.error(
      { err: error, trace_id: traceId, rpc: `${context.method.parent.typeName}/${context.method.name}` },
      'a call failed for a reason that is not the caller’s',
    )
    return new RpcError({
      status: Code.INTERNAL,
      message: `internal error; the logs have it under trace ${traceId}`,
      metadata: { trace_id: traceId },
    })
  }
}
