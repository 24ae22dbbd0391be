import { DomainError } from '@iama/kernel'

/** This tenant has no artifact at the address, or the job has not come so far. */
export class ArtifactNotFound extends DomainError {
  readonly code = 'ARTIFACT_NOT_FOUND'
  override readonly kind = 'not-found'

  constructor(what: string) {
    super(`there is no ${what} yet; watch the job to see how far it is`)
  }
}
