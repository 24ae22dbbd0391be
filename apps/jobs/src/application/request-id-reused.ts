import { DomainError } from '@iama/kernel'

/** A request id stands for one request: whoever sends another under it must not be told that it was carried out. */
export class RequestIdReused extends DomainError {
  readonly code = 'REQUEST_ID_REUSED'
  override readonly kind = 'conflict'

  constructor() {
    super('this request_id was sent before with another request; send a new one with each request')
  }
}
