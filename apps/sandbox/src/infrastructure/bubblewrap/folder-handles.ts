import { chmodSync, closeSync, constants, openSync } from 'node:fs'
import { chmod, open, type FileHandle } from 'node:fs/promises'

// A sandbox may swap a folder for a link at any moment. So nothing here follows a path of more than one name: each
// folder is opened by itself, links refused, and the next name is looked up below its descriptor.
const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants
const O_PATH = 0o10000000

/** What an open folder is named by: a handle, or a bare descriptor. */
export type Opened = { readonly fd: number }

/** The path of a name below an open folder. */
export const below = (folder: Opened, name: string | Buffer): string | Buffer =>
  typeof name === 'string'
    ? `/proc/self/fd/${folder.fd}/${name}`
    : Buffer.concat([Buffer.from(`/proc/self/fd/${folder.fd}/`), name])

/** The path of an open folder itself. */
export const itself = (handle: Opened): string => `/proc/self/fd/${handle.fd}`

export const isCode = (error: unknown, ...codes: string[]): boolean =>
  codes.includes((error as NodeJS.ErrnoException).code ?? '')

export const openRoot = (folder: string): Promise<FileHandle> => open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)

/** Opens a folder that its owner may have made unreadable, giving the owner his rights back first. */
export const openFolder = async (parent: FileHandle, name: string | Buffer): Promise<FileHandle> => {
  const target = below(parent, name) as string
  try {
    return await open(target, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  } catch (error) {
    if (!isCode(error, 'EACCES')) throw error
  }
  const handle = await open(target, O_PATH | O_DIRECTORY | O_NOFOLLOW)
  try {
    await chmod(itself(handle), 0o700)
    return await open(itself(handle), O_RDONLY | O_DIRECTORY)
  } finally {
    await handle.close()
  }
}

/** A root for work that is done in a row: an asynchronous call costs ten times as much. Close it with `closeSync`. */
export const openRootSync = (folder: string): Opened => ({
  fd: openSync(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
})

/** As `openFolder`, in a row. */
export const openFolderSync = (parent: Opened, name: string | Buffer): Opened => {
  const target = below(parent, name)
  try {
    return { fd: openSync(target, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) }
  } catch (error) {
    if (!isCode(error, 'EACCES')) throw error
  }
  const fd = openSync(target, O_PATH | O_DIRECTORY | O_NOFOLLOW)
  try {
    chmodSync(itself({ fd }), 0o700)
    return { fd: openSync(itself({ fd }), O_RDONLY | O_DIRECTORY) }
  } finally {
    closeSync(fd)
  }
}

/** Whether what was asked for has gone, or is another thing by now. */
export const isGone = (error: unknown): boolean => isCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')

/** What was looked for, or undefined when it has gone. */
export const unlessGone = <Found>(looking: Promise<Found>): Promise<Found | undefined> =>
  looking.catch((error: unknown) => {
    if (isGone(error)) return undefined
    throw error
  })

/** The same for a look that is done at once. */
export const unlessGoneSync = <Found>(look: () => Found): Found | undefined => {
  try {
    return look()
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

/** The folder that holds the last name, or undefined when a part of the way is missing or is no real folder. */
export const openParent = async (root: FileHandle, names: readonly string[]): Promise<FileHandle | undefined> => {
  let folder = await openRoot(itself(root) + '/.')
  for (const name of names.slice(0, -1)) {
    const next = await unlessGone(openFolder(folder, name))
    await folder.close()
    if (!next) return undefined
    folder = next
  }
  return folder
}
