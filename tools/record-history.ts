import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { parse } from './arguments.ts'
import { StepFailed } from './bootstrap/progress.mjs'
import { root } from './workspace.ts'

/** Whose process it was says nothing about the story; hosts and numbers stay out of what is committed. */
const withoutMachine = (json: string): string =>
  json
    .replaceAll(/"identity": ?"[^"]*"/g, '"identity": "worker"')
    .replaceAll(/"stackTrace": ?"(?:[^"\\]|\\.)*"/g, '"stackTrace": ""')

/**
 * Keeps a workflow's history as a golden one, to be replayed by the worker's tests: `npm run record-history --
 * --address HOST:PORT --workflow job-<id> --name accepted`.
 */
export const run = async (args: readonly string[]): Promise<number> => {
  const { values } = parse(args, {
    address: { type: 'string' },
    workflow: { type: 'string' },
    name: { type: 'string' },
  })
  const { address, workflow, name } = values
  if (!address || !workflow || !name) {
    throw new StepFailed('--address, --workflow and --name are needed', {
      hint: 'npm run stack -- status shows the address',
    })
  }
  const connection = await Connection.connect({ address })
  try {
    const history = await new Client({ connection }).workflow.getHandle(workflow).fetchHistory()
    const folder = path.join(root, 'apps/worker/test/histories')
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, `${name}.json`), `${withoutMachine(historyToJSON(history))}\n`)
    return 0
  } finally {
    await connection.close()
  }
}
