import { DomainError } from '@iama/kernel'

/** The same for an unknown address and a wrong password: nobody learns who is registered. */
export class LoginRefused extends DomainError {
  readonly code = 'LOGIN_REFUSED'
  override readonly kind = 'unauthenticated'

  constructor() {
    super('the e-mail address or the password is wrong; try again')
  }
}

export class TooManyLogins extends DomainError {
  readonly code = 'TOO_MANY_LOGINS'
  override readonly kind = 'exhausted'

  constructor(seconds: number) {
    super(`too many attempts to sign in; try again in ${seconds} s`, { retry_after_seconds: String(seconds) })
  }
}

export class EmailTaken extends DomainError {
  readonly code = 'EMAIL_TAKEN'
  override readonly kind = 'conflict'

  constructor() {
    super('there is an account with this e-mail address; sign in')
  }
}

export class ApiKeyNotFound extends DomainError {
  readonly code = 'API_KEY_NOT_FOUND'
  override readonly kind = 'not-found'

  constructor() {
    super('there is no such API key of yours')
  }
}

/** The request came twice; the secret was told at the first time, and only its hash is left. */
export class ApiKeyExists extends DomainError {
  readonly code = 'API_KEY_EXISTS'
  override readonly kind = 'conflict'

  constructor() {
    super('this request has made a key already, and its secret is told once; revoke that key and make another')
  }
}

export class CredentialRefused extends DomainError {
  readonly code = 'CREDENTIAL_REFUSED'
  override readonly kind = 'unauthenticated'

  constructor() {
    super('the token or key is not valid; sign in again')
  }
}
