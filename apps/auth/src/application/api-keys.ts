import { InvalidRequest, isUuid } from '@iama/kernel'
import { ApiKeyNotFound } from '../domain/errors.ts'
import type { SignInParts } from './sign-in.ts'

/** Every API key begins so; scanners for leaked secrets look for it. */
export const API_KEY_PREFIX = 'iama_'

/** Makes a key for programs; its secret is told once. */
export class CreateApiKey {
  readonly #parts: SignInParts

  constructor(parts: SignInParts) {
    this.#parts = parts
  }

  /** @throws ApiKeyExists when the request came before: the key has the request's id */
  async execute(input: {
    tenantId: string
    userId: string
    name: string
    requestId: string
  }): Promise<{ id: string; secret: string }> {
    const { unitOfWork, secrets, clock } = this.#parts
    const id = input.requestId.toLowerCase()
    if (!isUuid(id)) {
      throw new InvalidRequest([{ field: 'request_id', reason: 'is not a UUID', fix: 'send a fresh one' }])
    }
    const name = input.name.trim()
    if (name === '' || name.length > 100) {
      throw new InvalidRequest([{ field: 'name', reason: 'has no or too many characters', fix: 'send 1 to 100' }])
    }
    const secret = `${API_KEY_PREFIX}${secrets.fresh()}`
    await unitOfWork.run(input.tenantId, async ({ apiKeys, announcements }) => {
      await apiKeys.add({ id, userId: input.userId, name, revoked: false }, secrets.hash(secret), clock.now())
      await announcements.announce({ type: 'apikey.created', apiKeyId: id, userId: input.userId }, clock.now())
    })
    return { id, secret }
  }
}

/** Ends a key of the caller's own. */
export class RevokeApiKey {
  readonly #parts: SignInParts

  constructor(parts: SignInParts) {
    this.#parts = parts
  }

  async execute(input: { tenantId: string; userId: string; id: string }): Promise<void> {
    const { unitOfWork, clock } = this.#parts
    await unitOfWork.run(input.tenantId, async ({ apiKeys, announcements }) => {
      const key = isUuid(input.id) ? await apiKeys.load(input.id) : undefined
      if (!key || key.userId !== input.userId) throw new ApiKeyNotFound()
      if (key.revoked) return
      await apiKeys.revoke(key.id, clock.now())
      await announcements.announce({ type: 'apikey.revoked', apiKeyId: key.id }, clock.now())
    })
  }
}
