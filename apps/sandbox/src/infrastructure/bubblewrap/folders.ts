import { chown, mkdir } from 'node:fs/promises'
import type { Account } from './accounts.ts'

/** Makes a folder that others may pass through but not list. */
export const makeFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o711 })
}

/** Makes a folder that belongs to the sandbox's account alone. */
export const makeOwnFolder = async (folder: string, account: Account | undefined): Promise<void> => {
  await mkdir(folder, { mode: 0o700 })
  if (account) await chown(folder, account.uid, account.gid)
}
