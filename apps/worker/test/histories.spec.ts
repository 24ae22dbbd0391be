import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js'
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker'

const folder = path.join(import.meta.dirname, 'histories')
const names = (await readdir(folder)).map((file) => path.basename(file, '.json'))
const quiet = new DefaultLogger('ERROR')

const read = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(path.join(folder, `${name}.json`), 'utf8')) as unknown

let workflowBundle: WorkflowBundle

beforeAll(async () => {
  Runtime.install({ logger: quiet })
  const workflowsPath = path.join(import.meta.dirname, '../src/workflows/index.ts')
  workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: quiet })
}, 60_000)

describe('a workflow that was told before the code changed', () => {
  it.each(names)('%s is told the same way', async (name) => {
    await Worker.runReplayHistory({ workflowBundle }, historyFromJSON(await read(name)), name)
  })

  it('asked nothing of a model, and delivered nothing, where it was a check', async () => {
    const told = JSON.stringify(await read('checked'))
    for (const done of ['analyzeScope', 'generateTests', 'runTests', 'verifyPatch', 'recordVerdict', 'releaseQuota'])
      expect(told).toContain(`"${done}"`)
    for (const not of ['generateProposals', 'draftSpec', 'generatePatch', 'prepareBundle', 'consumeQuota'])
      expect(told).not.toContain(`"${not}"`)
  })

  it('is noticed when it is told in another way', async () => {
    const text = JSON.stringify(await read('accepted'))
    const other = historyFromJSON(JSON.parse(text.replaceAll('"reserveQuota"', '"reserveNothing"')))
    await expect(Worker.runReplayHistory({ workflowBundle }, other, 'changed')).rejects.toThrow(/reserve/i)
  })
})
