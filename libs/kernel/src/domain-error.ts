/** What a caller can do about a refusal; the transport adapters map it to their own codes. */
export type ErrorKind =
  | 'invalid' // the request itself is wrong: change it
  | 'not-found' // no such thing for this tenant
  | 'conflict' // somebody was faster: read again, then repeat
  | 'refused' // a rule forbids it in the present state
  | 'unauthenticated' // nobody is signed in
  | 'forbidden' // signed in, but not allowed
  | 'exhausted' // a limit or quota is used up
  | 'unavailable' // a dependency is away: repeat later

/**
 * A refusal that the domain understands. Subclasses stand beside the rule that raises them and set `code`,
 * an UPPER_SNAKE reason that clients may rely on. Everything else that is thrown is a defect ("internal").
 */
export abstract class DomainError extends Error {
  abstract readonly code: string
  readonly kind: ErrorKind = 'refused'
  /** Facts for machines, without personal data: they travel as ErrorInfo metadata. */
  readonly metadata: Readonly<Record<string, string>>

  constructor(message: string, metadata: Readonly<Record<string, string>> = {}) {
    super(message)
    this.name = new.target.name
    this.metadata = metadata
  }
}
