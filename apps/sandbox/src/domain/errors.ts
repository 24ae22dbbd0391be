import { DomainError } from '@iama/kernel'

/** Isolation is missing on this machine: nothing is run, for there is no silent fallback. */
export class SandboxUnavailable extends DomainError {
  readonly code = 'SANDBOX_UNAVAILABLE'
  override readonly kind = 'unavailable'

  constructor(reason: string, fix: string) {
    super(`code cannot be run in isolation here: ${reason}; ${fix}`, { fix })
  }
}

/** The session is not on this replica any more: provision a new one and rebuild it. */
export class SandboxLost extends DomainError {
  readonly code = 'SANDBOX_LOST'
  override readonly kind = 'unavailable'

  constructor(sandboxId: string) {
    super(`sandbox ${sandboxId} is not here; provision a new one and upload the snapshot again`, { sandboxId })
  }
}

/** An upload, a patch or a download that goes beyond the session's limits, or names what it must not. */
export class UploadRefused extends DomainError {
  readonly code = 'UPLOAD_REFUSED'
  override readonly kind = 'invalid'

  constructor(path: string, reason: string, fix: string) {
    super(`${JSON.stringify(path)}: ${reason}; ${fix}`, { path, reason })
  }
}

/** The dependencies could not be installed; the text is npm's own reason. */
export class InstallFailed extends DomainError {
  readonly code = 'INSTALL_FAILED'
}

/** The replica runs as many sandboxes as it may. */
export class SandboxesExhausted extends DomainError {
  readonly code = 'SANDBOXES_EXHAUSTED'
  override readonly kind = 'exhausted'

  constructor(limit: number) {
    super(`this replica already runs ${limit} sandboxes; repeat later or raise SANDBOX_MAX_SESSIONS`)
  }
}

/** The session already runs as many commands as it may. */
export class SandboxBusy extends DomainError {
  readonly code = 'SANDBOX_BUSY'
  override readonly kind = 'exhausted'

  constructor(limit: number) {
    super(`the sandbox already runs ${limit} commands at once; wait for one of them`)
  }
}
