import { toJson } from '@bufbuild/protobuf'
import { DroppedEditSchema } from '@iama/contracts/iama/jobs/v1/job'

import { clientsOf, type Cli } from '../cli.ts'
import { ExitCode } from '../exit-code.ts'
import { droppedLines } from '../view/attempt.ts'
import { colorDiff, withoutControls } from '../view/diff.ts'

/** `iama diff <job>`: the patch as `git apply` takes it; coloured only on a terminal. */
export const diff = async (cli: Cli, jobId: string, toTerminal: boolean): Promise<ExitCode> => {
  const clients = await clientsOf(cli)
  const patch = await clients.jobs.getPatch({ jobId }, { signal: cli.signal })
  const { out } = cli
  out.event({
    type: 'patch',
    jobId,
    diff: patch.diff,
    patch: patch.patchJson === '' ? null : JSON.parse(patch.patchJson),
    dropped: patch.dropped.map((dropped) => toJson(DroppedEditSchema, dropped)),
  })
  out.data(colorDiff(toTerminal ? withoutControls(patch.diff) : patch.diff, out.style))
  if (!out.json) out.note(...droppedLines(patch.dropped, out.noteStyle))
  return ExitCode.ok
}
