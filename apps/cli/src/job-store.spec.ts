import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { JobStore, type KnownJob } from './job-store.ts'

describe('what the client remembers of its jobs', () => {
  let root: string
  beforeAll(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'iama-jobs-'))
  })
  afterAll(() => rm(root, { recursive: true, force: true }))

  const job: KnownJob = { version: 1, jobId: 'one', server: 'http://localhost', dir: '/work', files: [] }

  it('is found by the job’s id, and nothing for a strange one', async () => {
    const store = new JobStore(path.join(root, 'jobs'))
    expect(await store.find('one')).toBe(undefined)
    await store.save(job)
    expect(await store.find('one')).toEqual(job)
    expect(await store.find('two')).toBe(undefined)
  })

  it.each(['', '{"version":1,', '{"version":2}', 'null'])(
    'that is damaged is named, with what to do: %s',
    async (text) => {
      const store = new JobStore(path.join(root, 'damaged'))
      await mkdir(path.join(root, 'damaged/trees/one'), { recursive: true })
      await writeFile(path.join(root, 'damaged/trees/one/one.json'), text)
      await expect(store.find('one')).rejects.toMatchObject({
        message: expect.stringMatching(/one\.json is damaged$/),
        hints: [expect.stringContaining('--dir')],
      })
    },
  )

  it('that cannot be looked at is told, not taken for nothing', async () => {
    await writeFile(path.join(root, 'file'), '')
    await expect(new JobStore(path.join(root, 'file')).find('one')).rejects.toMatchObject({ code: 'ENOTDIR' })
  })
})
