import { randomUUID } from 'node:crypto'

import type { MessageInitShape } from '@bufbuild/protobuf'
import type { BlobSchema, ManifestEntrySchema } from '@iama/contracts/iama/jobs/v1/service'
import { hashFiles, readTreeFiles, scanTree, type HashedFile, type ScannedTree } from '@iama/worktree'

import type { Cli } from './cli.ts'
import type { Clients } from './client.ts'
import { CliError, usageError } from './errors.ts'
import { ExitCode } from './exit-code.ts'
import { bytes, count, some } from './view/format.ts'
import { oneLine } from './view/style.ts'

/** PutBlobs takes 2 MiB; the rest of the message needs some room. */
const CALL_BYTES = 2 * 1024 * 1024 - 64 * 1024
/** Each content costs the server some work, and a call has a deadline. */
const CALL_BLOBS = 1_000
const SHOWN_LINKS = 5

type Blob = MessageInitShape<typeof BlobSchema>

export interface Snapshot {
  readonly id: string
  readonly root: string
  readonly files: readonly HashedFile[]
}

const changedMeanwhile = (name: string): CliError =>
  new CliError(ExitCode.usage, 'TREE_CHANGED', `${name} changed while it was being read; start again`)

const noteLeftOut = ({ out }: Cli, tree: ScannedTree): void => {
  const outside = tree.links
    .filter((link) => link.outside)
    .map(({ path, target }) => `${oneLine(path)} → ${oneLine(target)}`)
  if (outside.length > 0) {
    const names = some(outside, SHOWN_LINKS).join(', ')
    out.note(out.noteStyle.yellow(`left out, for they point out of the folder: ${names}`))
  }
  const skipped = tree.skipped.filter(({ reason }) => reason !== 'deleted')
  if (skipped.length > 0) {
    const names = some(
      skipped.map(({ path, reason }) => `${oneLine(path)} (${reason})`),
      SHOWN_LINKS,
    )
    out.note(out.noteStyle.yellow(`left out: ${names.join(', ')}`))
  }
}

/** The parts of the missing contents, as many to a call as fit. */
export async function* blobCalls(root: string, missing: readonly HashedFile[]): AsyncGenerator<Blob[]> {
  let blobs: Blob[] = []
  let size = 0
  const hashes = new Map(missing.map((file) => [file.path, file.sha256]))
  for await (const [name, state] of readTreeFiles(root, [...hashes.keys()])) {
    const hash = hashes.get(name)!
    if (state === undefined || state === 'other' || state.sha256 !== hash) throw changedMeanwhile(name)
    const { content } = state
    for (let offset = 0; offset < content.length || offset === 0; offset += CALL_BYTES) {
      const part = content.subarray(offset, offset + CALL_BYTES)
      if (blobs.length >= CALL_BLOBS || (blobs.length > 0 && size + part.length > CALL_BYTES)) {
        yield blobs
        blobs = []
        size = 0
      }
      blobs.push({ sha256: hash, content: part, offset: BigInt(offset), totalSize: BigInt(content.length) })
      size += part.length
    }
  }
  if (blobs.length > 0) yield blobs
}

const upload = async (cli: Cli, clients: Clients, id: string, root: string, missing: HashedFile[]): Promise<void> => {
  const total = missing.reduce((sum, file) => sum + file.size, 0)
  let sent = 0
  for await (const blobs of blobCalls(root, missing)) {
    cli.out.status(`… sending ${bytes(sent)} of ${bytes(total)}`)
    await clients.jobs.putBlobs({ snapshotId: id, blobs }, { signal: cli.signal })
    sent += blobs.reduce((sum, blob) => sum + (blob.content?.length ?? 0), 0)
  }
  cli.out.status('')
}

/**
 * Submits a folder: all its files but ignored ones, of which only those are sent that the server does not have yet.
 * The limits are checked before anything is sent.
 * @param environment in which git lists what belongs to the folder
 */
export const submitFolder = async (
  cli: Cli,
  clients: Clients,
  dir: string,
  exclude: readonly string[],
  environment = cli.settings.childEnvironment,
): Promise<Snapshot> => {
  const tree = await scanTree(dir, { ignore: exclude, environment })
  noteLeftOut(cli, tree)
  if (tree.files.length === 0) throw usageError(`${dir} holds no files`)
  cli.out.status(`… reading ${count(tree.files.length, 'file')}`)
  const files = await hashFiles(
    tree.root,
    tree.files.map(({ path }) => path),
  )
  cli.out.status('')
  const vanished = tree.files.length - files.length
  if (vanished > 0) throw changedMeanwhile(count(vanished, 'file'))
  const entries: MessageInitShape<typeof ManifestEntrySchema>[] = [
    ...files.map(({ path, sha256, size, executable }) => ({ path, sha256, size: BigInt(size), executable })),
    ...tree.links.filter((link) => !link.outside).map(({ path, target }) => ({ path, linkTarget: target })),
  ]
  const { snapshotId, missing } = await clients.jobs.createSnapshot(
    { requestId: randomUUID(), entries },
    { signal: cli.signal },
  )
  const wanted = new Map(files.map((file) => [file.sha256 as string, file]))
  const unsent = missing.flatMap((hash) => wanted.get(hash) ?? [])
  await upload(cli, clients, snapshotId, tree.root, unsent)
  const size = bytes(files.reduce((sum, file) => sum + file.size, 0))
  cli.out.note(`submitted ${count(files.length, 'file')}, ${size}, ${unsent.length} of them sent`)
  cli.out.event({ type: 'snapshot', snapshotId, files: files.length, sent: unsent.length })
  return { id: snapshotId, root: tree.root, files }
}
