import type { GetBundleResponse } from '@iama/contracts/iama/delivery/v1/service'
import { isSha256, treeHashOfEntries, type Sha256 } from '@iama/patch'
import {
  applyWithJournal,
  hashFiles,
  hashTreeOnDisk,
  InvalidBundle,
  readTreeFile,
  recover,
  scanTree,
  TreeChanged,
  type Bundle,
  type BundleFile,
} from '@iama/worktree'

import type { Cli } from './cli.ts'
import { CliError } from './errors.ts'
import { ExitCode } from './exit-code.ts'
import type { SubmittedFile } from './job-store.ts'
import { oneLine } from './view/style.ts'

/** What a path must hold; null when there must be no file. */
type Expected = { readonly sha256: Sha256; readonly executable: boolean } | null

const hashOrNull = (text: string): Sha256 | null => {
  if (text === '') return null
  if (!isSha256(text)) throw new InvalidBundle('the server sent a hash that is none; fetch the bundle again')
  return text
}

/** The server's bundle in the client's terms. */
export const toBundle = (jobId: string, response: GetBundleResponse): Bundle => ({
  jobId,
  files: response.files.map((file): BundleFile => {
    const [before, after] = [hashOrNull(file.beforeSha256), hashOrNull(file.afterSha256)]
    return { path: file.path, before, after, content: file.content, executable: file.executable }
  }),
})

/** The files of a job's tree as they must be, before or after its bundle. */
const expectations = (
  submitted: readonly SubmittedFile[],
  bundle: Bundle,
  moment: 'before' | 'after',
): Map<string, Expected> => {
  const expected = new Map<string, Expected>(
    submitted.map(({ path, sha256, executable }) => [path, { sha256, executable }]),
  )
  for (const file of bundle.files) {
    const known = expected.get(file.path)
    const sha256 = file[moment]
    const executable = moment === 'after' ? file.executable : (known?.executable ?? false)
    expected.set(file.path, sha256 === null ? null : { sha256, executable })
  }
  return expected
}

const differing = async (root: string, expected: ReadonlyMap<string, Expected>): Promise<string[]> => {
  const paths = [...expected.keys()]
  const found = new Map((await hashFiles(root, paths)).map((file) => [file.path, file]))
  return paths.filter((path) => {
    const [wanted, now] = [expected.get(path), found.get(path)]
    return wanted?.sha256 !== now?.sha256 || (wanted?.executable ?? false) !== (now?.executable ?? false)
  })
}

const hashOf = (expected: ReadonlyMap<string, Expected>): Sha256 =>
  treeHashOfEntries([...expected].flatMap(([path, file]) => (file ? [{ path, ...file }] : [])))

/** A tree on this machine that a job's patch goes to. */
export interface JobTree {
  readonly root: string
  /** The files as submitted; from a scan of the present folder when another machine submitted them. */
  readonly submitted: readonly SubmittedFile[]
}

/** The tree of a job: the folder it was submitted from, or the given one. */
export const treeOfJob = async (cli: Cli, jobId: string, dir: string | undefined): Promise<JobTree> => {
  const known = await cli.store.find(jobId)
  const root = dir ?? known?.dir
  if (root === undefined) {
    const message = 'this machine did not submit the job; give its folder with --dir'
    throw new CliError(ExitCode.usage, 'UNKNOWN_FOLDER', message)
  }
  if (known) return { root, submitted: known.files }
  const scanned = await scanTree(root, { environment: cli.settings.childEnvironment })
  const files = await hashFiles(
    scanned.root,
    scanned.files.map(({ path }) => path),
  )
  return { root: scanned.root, submitted: files.map(({ path, sha256, executable }) => ({ path, sha256, executable })) }
}

/** Brings a job that was interrupted while it wrote to the tree to its end, and says so. */
export const recoverTree = async ({ out }: Cli, root: string): Promise<void> => {
  const { outcome, jobId = '', foreign } = await recover(root)
  if (outcome === 'nothing') return
  const what = outcome === 'finished' ? 'finished writing' : 'took back'
  out.note(out.noteStyle.yellow(`${what} the patch of job ${jobId}, which had been interrupted`))
  if (foreign.length > 0) out.note(`left as they are, for they changed meanwhile: ${foreign.map(oneLine).join(', ')}`)
}

/** What was done to the tree. */
export interface Written {
  /** Hash of the submitted tree as it is now. */
  readonly treeHash: Sha256
  /** False when the patch was in the tree already. */
  readonly changed: boolean
  /** Puts every file back to how it was. */
  undo(): Promise<void>
}

const inverseOf = async (root: string, bundle: Bundle): Promise<Bundle> => ({
  jobId: bundle.jobId,
  files: await Promise.all(
    bundle.files.map(async (file): Promise<BundleFile> => {
      const state = await readTreeFile(root, file.path)
      if (state === 'other') throw new TreeChanged([file.path])
      const content = state?.content ?? Buffer.alloc(0)
      const executable = state?.executable ?? false
      return { path: file.path, before: file.after, after: file.before, content, executable }
    }),
  ),
})

/**
 * Writes a delivery to the tree it was made for: every submitted file must be as it was, for the verdict is about
 * that very tree. Where the patch is already in place nothing is written.
 * @throws TreeChanged naming the files; CliError when the tree is another one
 */
export const writeDelivery = async (
  { root, submitted }: JobTree,
  bundle: Bundle,
  treeHash: string,
): Promise<Written> => {
  const after = expectations(submitted, bundle, 'after')
  if (hashOf(after) !== treeHash) {
    const message = `${root} is not the folder that was submitted, or it has changed since; nothing was written`
    throw new CliError(ExitCode.usage, 'TREE_CHANGED', message)
  }
  if ((await differing(root, after)).length === 0) {
    return { treeHash: hashOf(after), changed: false, undo: () => Promise.resolve() }
  }
  const changed = await differing(root, expectations(submitted, bundle, 'before'))
  if (changed.length > 0) throw new TreeChanged(changed)
  const inverse = await inverseOf(root, bundle)
  await applyWithJournal(root, bundle)
  return {
    treeHash: await hashTreeOnDisk(root, [...after.keys()]),
    changed: true,
    undo: async () => void (await applyWithJournal(root, inverse)),
  }
}

/**
 * Takes a delivery back. Only the files of the patch must be as they were written; work on others goes on meanwhile.
 * @throws TreeChanged naming the files
 */
export const takeBack = async ({ root, submitted }: JobTree, inverse: Bundle): Promise<Written> => {
  const targets = new Map<string, Expected>(
    inverse.files.map(({ path, after, executable }) => [path, after === null ? null : { sha256: after, executable }]),
  )
  const paths = [...new Set([...submitted.map(({ path }) => path), ...targets.keys()])]
  const isBack = (await differing(root, targets)).length === 0
  const again = isBack ? undefined : await inverseOf(root, inverse)
  if (!isBack) await applyWithJournal(root, inverse)
  return {
    treeHash: await hashTreeOnDisk(root, paths),
    changed: !isBack,
    undo: async () => void (again && (await applyWithJournal(root, again))),
  }
}
