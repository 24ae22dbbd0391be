import type { DescMethod, Message } from '@bufbuild/protobuf'
import type { Principal } from '@iama/security'
import type { CallContext } from './call-context.ts'
import type { Code } from './rpc-error.ts'

/** How a call ended, for metrics. */
export interface CallOutcome {
  readonly method: DescMethod
  readonly code: Code
  readonly durationMs: number
  /** Undefined where the caller did not get past authentication. */
  readonly principal: Principal | undefined
}

/** A rule around every handler of a server. What it throws refuses the call, with the same mapping as a handler's. */
export interface Interceptor {
  /** Once a call, when the principal is known and before the handler starts. */
  before?(context: CallContext): void | Promise<void>
  /** For each message that arrives, before the handler sees it: the place to compare its tenant with the principal. */
  message?(message: Message, context: CallContext): void | Promise<void>
  /** Once a call, when its outcome is known. Must not throw. */
  after?(outcome: CallOutcome): void
}
