import type { Clock, Ids } from '@iama/kernel'
import { parseRegistration, typedEmail } from '../domain/credentials.ts'
import { LoginRefused } from '../domain/errors.ts'
import { sessionDecider, type Session, type SessionEvent } from '../domain/session.ts'
import type { Directory, Issued, LoginThrottle, Passwords, Secrets, Stores, Tokens, UnitOfWork, User } from './ports.ts'

export interface SignedIn {
  readonly user: User
  readonly access: Issued
  readonly refresh: Issued
}

export interface SignInParts {
  readonly unitOfWork: UnitOfWork
  readonly directory: Directory
  readonly passwords: Passwords
  readonly secrets: Secrets
  readonly throttle: LoginThrottle
  readonly tokens: Tokens
  readonly ids: Ids
  readonly clock: Clock
}

/** Opens a session for a user within a transaction. */
export const openSession = async (parts: SignInParts, stores: Stores, user: User): Promise<SignedIn> => {
  const { secrets, ids, clock, tokens } = parts
  const token = secrets.fresh()
  const at = clock.now()
  const id = ids.next()
  const command = { type: 'Open', token: secrets.hash(token), at: at.getTime() } as const
  const [opened] = sessionDecider.decide(command, sessionDecider.initial) as [SessionEvent]
  const session = sessionDecider.evolve(sessionDecider.initial, opened) as Session
  await stores.sessions.add(id, user.id, session, at)
  await stores.announcements.announce({ type: 'user.loggedin', userId: user.id, sessionId: id }, at)
  return { user, access: await tokens.access(user), refresh: { token, expiresAt: new Date(session.expiresAt) } }
}

/** Makes a user and a tenant of one, and signs in. */
export class Register {
  readonly #parts: SignInParts

  constructor(parts: SignInParts) {
    this.#parts = parts
  }

  async execute(input: { email: string; password: string; tenantName: string }): Promise<SignedIn> {
    const { unitOfWork, passwords, secrets, ids, clock } = this.#parts
    const { email, password } = parseRegistration(input.email, input.password)
    const passwordHash = await passwords.hash(password)
    const user: User = { id: ids.next(), tenantId: ids.next(), email, role: 'owner', createdAt: clock.now() }
    return await unitOfWork.run(user.tenantId, async (stores) => {
      await stores.users.add(user, secrets.hashEmail(email), passwordHash, input.tenantName.trim() || email)
      const registered = { type: 'user.registered', userId: user.id, role: user.role } as const
      await stores.announcements.announce(registered, user.createdAt)
      return await openSession(this.#parts, stores, user)
    })
  }
}

/** Exchanges an address and a password for tokens. */
export class Login {
  readonly #parts: SignInParts

  constructor(parts: SignInParts) {
    this.#parts = parts
  }

  async execute(input: { email: string; password: string; peer: string }): Promise<SignedIn> {
    const { unitOfWork, directory, passwords, secrets, throttle } = this.#parts
    const emailHash = secrets.hashEmail(typedEmail(input.email))
    await throttle.take(emailHash, input.peer)
    const found = await directory.userOfEmail(emailHash)
    const user = found && (await unitOfWork.run(found.tenantId, ({ users }) => users.load(found.id)))
    if (!(await passwords.matches(input.password, user?.passwordHash)) || !user) throw new LoginRefused()
    await throttle.forgive(emailHash)
    return await unitOfWork.run(user.tenantId, (stores) => openSession(this.#parts, stores, user))
  }
}
