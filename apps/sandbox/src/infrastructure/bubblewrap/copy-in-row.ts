import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  futimesSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  symlinkSync,
  writeSync,
  type Stats,
} from 'node:fs'
import type { Account } from './accounts.ts'
import type { DiskUsage } from './disk-usage.ts'
import { below, itself, openFolderSync, openRootSync, type Opened } from './folder-handles.ts'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants

/** What is copied in a row keeps the service from everything else: some thirty milliseconds at the most. */
const most: DiskUsage = { entries: 256, bytes: 2 * 1024 * 1024 }
const PERMISSIONS = 0o7777

export const isSmall = ({ bytes, entries }: DiskUsage): boolean => bytes <= most.bytes && entries <= most.entries

/** The tree holds more, or other things, than this can copy. */
export class NotCopiedInRow extends Error {}

/**
 * Fills an empty folder of ours with what a small tree holds: contents, links, permissions and times. A namespace and
 * its `cp` take ten times as long. Nothing here follows a link of the tree, whoever changes it meanwhile.
 * @throws NotCopiedInRow for hard links, pipes and the like, and for more than was counted; a part may be there then
 */
export const copyInRow = (from: string, to: string, account: Account | undefined): void => {
  const left = { ...most }

  const give = (fd: number, found: Stats): void => {
    if (account) fchownSync(fd, account.uid, account.gid)
    fchmodSync(fd, found.mode & PERMISSIONS)
    futimesSync(fd, found.atimeMs / 1_000, found.mtimeMs / 1_000)
  }

  const copyContent = (source: number, target: number): Stats => {
    const found = fstatSync(source)
    if (!found.isFile() || found.nlink > 1) throw new NotCopiedInRow('not a file with one name')
    left.bytes -= found.size
    if (left.bytes < 0) throw new NotCopiedInRow('too large')
    const content = Buffer.allocUnsafe(found.size)
    let length = 0
    for (let read = -1; read !== 0 && length < content.length; length += read)
      read = readSync(source, content, length, content.length - length, null)
    for (let at = 0; at < length;) at += writeSync(target, content, at, length - at)
    return found
  }

  const copyFile = (source: string | Buffer, target: string | Buffer): void => {
    const input = openSync(source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    try {
      const output = openSync(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
      try {
        give(output, copyContent(input, output))
      } finally {
        closeSync(output)
      }
    } finally {
      closeSync(input)
    }
  }

  const copyLink = (source: string | Buffer, target: string | Buffer): void => {
    symlinkSync(readlinkSync(source, { encoding: 'buffer' }), target)
    if (account) lchownSync(target, account.uid, account.gid)
  }

  const copyFolder = (source: Opened, target: Opened): void => {
    for (const name of readdirSync(itself(source), { encoding: 'buffer' })) {
      if (--left.entries < 0) throw new NotCopiedInRow('too many entries')
      const [was, is] = [below(source, name), below(target, name)]
      const found = lstatSync(was)
      if (found.isSymbolicLink()) copyLink(was, is)
      else if (found.isFile()) copyFile(was, is)
      else if (!found.isDirectory()) throw new NotCopiedInRow('neither file, folder nor link')
      else {
        mkdirSync(is, { mode: 0o700 })
        within(openFolderSync(source, name), () => openFolderSync(target, name))
      }
    }
    // the folder's own times last, for each entry has changed them
    give(target.fd, fstatSync(source.fd))
  }

  const within = (source: Opened, open: () => Opened): void => {
    try {
      const target = open()
      try {
        copyFolder(source, target)
      } finally {
        closeSync(target.fd)
      }
    } finally {
      closeSync(source.fd)
    }
  }

  within(openRootSync(from), () => openRootSync(to))
}
