import { ArtifactKind } from '@iama/contracts/iama/jobs/v1/service'
import { sha256 } from '@iama/patch'
import { applyWithJournal } from '@iama/worktree'
import { z } from 'zod'

import { clientsOf, type Cli } from '../cli.ts'
import type { Clients } from '../client.ts'
import { CliError } from '../errors.ts'
import { ExitCode } from '../exit-code.ts'
import { recoverTree, treeOfJob } from '../tree.ts'
import { count } from '../view/format.ts'
import { oneLine, printable } from '../view/style.ts'

const shape = z.record(z.string(), z.string())

const readTests = async (cli: Cli, clients: Clients, jobId: string): Promise<Readonly<Record<string, string>>> => {
  const chunks: Uint8Array[] = []
  const request = { jobId, kind: ArtifactKind.TESTS }
  for await (const { chunk } of clients.jobs.getArtifact(request, { signal: cli.signal })) chunks.push(chunk)
  const parsed = shape.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8')))
  if (!parsed.success) throw new CliError(ExitCode.server, 'BAD_ANSWER', 'the server sent tests that cannot be read')
  return parsed.data
}

/** `iama tests <job>`: the recorded behaviour as readable tests, shown or written into the tree as files of their own. */
export const tests = async (
  cli: Cli,
  jobId: string,
  flags: { readonly write: boolean; readonly dir?: string },
): Promise<ExitCode> => {
  const clients = await clientsOf(cli)
  const files = Object.entries(await readTests(cli, clients, jobId))
  const { out } = cli
  for (const [path, text] of files) out.event({ type: 'test', path, text })
  if (!flags.write) {
    out.data(files.map(([path, text]) => `${out.style.bold(`// ${oneLine(path)}`)}\n${printable(text)}\n`).join(''))
    out.note(`${count(files.length, 'file')}; --write puts them into your tree`)
    return ExitCode.ok
  }
  const { root } = await treeOfJob(cli, jobId, flags.dir)
  await recoverTree(cli, root)
  const bundle = files.map(([path, text]) => {
    const content = Buffer.from(text)
    return { path, before: null, after: sha256(content), content, executable: false }
  })
  await applyWithJournal(root, { jobId, files: bundle })
  out.note(`wrote ${count(files.length, 'file')} in ${root}: ${files.map(([path]) => oneLine(path)).join(', ')}`)
  return ExitCode.ok
}
