import { readFile } from 'node:fs/promises'
import { text as readStream } from 'node:stream/consumers'

import { parsePatch, patchHash, treeHashOfEntries, withoutClaims } from '@iama/patch'
import { openVerdict, pinnedFingerprint, SignatureInvalid, type SignedVerdict } from '@iama/verdict/envelope'
import { hashFiles, scanTree } from '@iama/worktree'

import type { Cli } from '../cli.ts'
import { CliError, usageError } from '../errors.ts'
import { ExitCode } from '../exit-code.ts'
import { verdictLines } from '../view/verdict.ts'

export interface VerifyFlags {
  /** The key that must have signed: a fingerprint, or a file with a public key in PEM. */
  readonly key?: string
  /** A file with the patch, as JSON, that the verdict must be about. */
  readonly patch?: string
  /** A folder that must hold the code before the patch or with it. */
  readonly tree?: string
}

const refused = (reason: string, message: string, ...hints: string[]): CliError =>
  new CliError(ExitCode.jobFailed, reason, message, hints)

/** A file that is no verdict is the wrong file; one that was changed has failed its check. */
const opened = (text: string): SignedVerdict => {
  try {
    return openVerdict(text)
  } catch (error) {
    throw error instanceof SignatureInvalid ? refused(error.code, error.message) : error
  }
}

const expectedFingerprint = async (key: string): Promise<string> => {
  const named = pinnedFingerprint(key)
  if (named !== undefined) return named
  const text = await readFile(key, 'utf8').catch(() => '')
  const read = pinnedFingerprint(text)
  if (read !== undefined) return read
  throw usageError(
    `--key: ${JSON.stringify(key)} is neither a fingerprint nor a file with a public key`,
    'Give the 64 hex digits that iama doctor shows, or a public key in PEM.',
  )
}

const expectKey = async (verdict: SignedVerdict, key: string): Promise<void> => {
  const expected = await expectedFingerprint(key)
  if (expected === verdict.fingerprint) return
  throw refused(
    'ANOTHER_KEY',
    'the verdict is signed by another key than the expected one',
    `signed by  ${verdict.fingerprint}`,
    `expected   ${expected}`,
  )
}

const expectPatch = async ({ body }: SignedVerdict, file: string): Promise<void> => {
  const patch = parsePatch(await readFile(file, 'utf8'))
  // of a patch that was sent to be checked, what it said of its evidence was no part
  if ([patch, withoutClaims(patch)].some((each) => patchHash(each) === body.patch)) return
  throw refused('ANOTHER_PATCH', `the verdict is not about the patch in ${file}`)
}

/** The gates know no executable bits, so their hashes of trees have none. */
const expectTree = async (cli: Cli, { body }: SignedVerdict, dir: string): Promise<'base' | 'patched'> => {
  const { root, files } = await scanTree(dir, { environment: cli.settings.childEnvironment })
  const hashed = await hashFiles(
    root,
    files.map(({ path }) => path),
  )
  const hash = treeHashOfEntries(hashed.map(({ path, sha256 }) => ({ path, sha256, executable: false })))
  if (hash === body.patched) return 'patched'
  if (hash === body.base) return 'base'
  throw refused(
    'ANOTHER_TREE',
    `${dir} is neither the code before the patch nor the code with it`,
    `its hash is ${hash}`,
  )
}

/** `iama verify <file>`: whether a signed verdict is what its signer said, without a server; then what it says. */
export const verify = async (
  cli: Cli,
  stdin: NodeJS.ReadableStream,
  file: string,
  { key, patch, tree }: VerifyFlags,
): Promise<ExitCode> => {
  const text = file === '-' ? await readStream(stdin) : await readFile(file, 'utf8')
  const verdict = opened(text)
  if (key !== undefined) await expectKey(verdict, key)
  if (patch !== undefined) await expectPatch(verdict, patch)
  const treeIs = tree === undefined ? undefined : await expectTree(cli, verdict, tree)
  const { out } = cli
  const { body, fingerprint, run } = verdict
  out.event({ type: 'verdict', signature: 'good', vouchedFor: key !== undefined, fingerprint, tree: treeIs, body, run })
  out.data(`${verdictLines(verdict, treeIs, out.style).join('\n')}\n`)
  if (key === undefined)
    out.note(
      out.noteStyle.yellow(`nobody vouched for the key ${fingerprint}: anyone can sign with a key of their own`),
      '  Compare it with the one that iama doctor shows, and give it as --key.',
    )
  return ExitCode.ok
}
