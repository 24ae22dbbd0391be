import { DomainError, type ErrorKind } from '@iama/kernel'
import type { SentError } from './protocol.ts'

/** A refusal that was raised in another process; it keeps its code. */
export class RemoteRefusal extends DomainError {
  readonly code: string
  override readonly kind: ErrorKind

  constructor(sent: SentError & { readonly code: string }) {
    super(sent.message, sent.metadata)
    this.code = sent.code
    this.kind = (sent.kind ?? 'refused') as ErrorKind
  }
}

export const toSentError = (error: unknown): SentError => {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error))
  if (!(error instanceof DomainError)) return { message, stack }
  return { message, stack, code: error.code, kind: error.kind, metadata: error.metadata }
}

export const fromSentError = (sent: SentError): Error => {
  if (sent.code !== undefined) return new RemoteRefusal({ ...sent, code: sent.code })
  const error = new Error(sent.message)
  error.stack = sent.stack
  return error
}
