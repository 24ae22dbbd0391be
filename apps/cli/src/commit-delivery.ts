import { applyPatch, parsePatch, patchHash, selectEdits, touchedPaths, type Patch, type Tree } from '@iama/patch'
import { openVerdict } from '@iama/verdict/envelope'
import type { GetBundleResponse } from '@iama/contracts/iama/delivery/v1/service'

import {
  prepareCommits,
  type CommitDraft,
  type FileState,
  type FileStates,
  type PreparedCommits,
} from './change/commit-parts.ts'
import { GitFailed } from './change/git.ts'
import type { Cli } from './cli.ts'
import type { Clients } from './client.ts'
import { CliError } from './errors.ts'
import { ExitCode } from './exit-code.ts'
import { commitMessage } from './view/commit-message.ts'

/** The files of a patch as they are without it. */
const beforeOf = (inverse: GetBundleResponse): FileStates =>
  new Map(
    inverse.files.map(({ path, afterSha256, content, executable }): [string, FileState] => [
      path,
      afterSha256 === '' ? null : { content, executable },
    ]),
  )

const treeOf = (states: FileStates): Tree =>
  new Map([...states].flatMap(([path, state]) => (state ? [[path, state]] : [])))

/** A draft for each commit of the verdict. */
const draftsOf = (
  patch: Patch,
  commits: readonly { readonly edits: readonly string[] }[],
  before: FileStates,
  jobId: string,
): readonly CommitDraft[] => {
  const base = treeOf(before)
  const until: string[] = []
  return commits.map(({ edits }): CommitDraft => {
    until.push(...edits)
    const tree = applyPatch(base, selectEdits(patch, until))
    const own = patch.edits.filter(({ id }) => edits.includes(id))
    const files = new Map(touchedPaths({ ...patch, edits: own }).all.map((path) => [path, tree.get(path) ?? null]))
    return { message: commitMessage(own, { jobId, patch: patchHash(patch) }), files }
  })
}

/**
 * Has the commits of a delivered job ready: those that its verdict says are green each, on top of the last commit.
 * @throws CliError where the repository is not in a state for it
 */
export const prepareDeliveryCommits = async (
  cli: Cli,
  clients: Clients,
  { jobId, root }: { readonly jobId: string; readonly root: string },
): Promise<PreparedCommits> => {
  const { signal } = cli
  const [{ patchJson }, { verdictJson }, inverse] = await Promise.all([
    clients.jobs.getPatch({ jobId }, { signal }),
    clients.jobs.getVerdict({ jobId }, { signal }),
    clients.delivery.getBundle({ jobId, inverse: true }, { signal }),
  ])
  const patch = parsePatch(JSON.parse(patchJson))
  const { body } = openVerdict(verdictJson)
  const whole = [{ edits: patch.edits.map(({ id }) => id) }]
  const before = beforeOf(inverse)
  const drafts = draftsOf(patch, body.commits ?? whole, before, jobId)
  return await prepareCommits(root, cli.settings.childEnvironment, before, drafts)
}

/** @throws CliError when the branch moved meanwhile; the patch is in the files all the same */
export const publishCommits = async (cli: Cli, jobId: string, prepared: PreparedCommits): Promise<void> => {
  try {
    await prepared.publish()
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error
    throw new CliError(
      ExitCode.jobFailed,
      'NOT_COMMITTED',
      `the patch is in your files, but it could not be committed: ${error.said}`,
      [`iama accept ${jobId} --commits`],
    )
  }
  const { length } = prepared.ids
  cli.out.note(`committed ${length === 1 ? 'it' : `it in ${length} commits, each of them green`}`)
  cli.out.event({ type: 'committed', jobId, commits: [...prepared.ids] })
}
