import { createHash } from 'node:crypto'

export const sha256 = (content: Uint8Array): Uint8Array => createHash('sha256').update(content).digest()
