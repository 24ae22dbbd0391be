import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import type { CliError } from '../src/errors.ts'
import { expectWhole } from '../src/workspace.ts'

let root: string

const put = async (folder: string, manifest: object): Promise<void> => {
  await mkdir(path.join(root, folder), { recursive: true })
  await writeFile(path.join(root, folder, 'package.json'), JSON.stringify(manifest))
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'iama-workspace-'))
  await put('', { workspaces: { packages: ['packages/*', '!packages/none'] } })
  await put('packages/text', { name: '@x/text' })
  await put('packages/letter', { name: '@x/letter', dependencies: { '@x/text': '1.0.0', semver: '7' } })
  await put('packages/alone', { name: '@x/alone', dependencies: { semver: '7' } })
  await put('samples/letter', { name: 'sample', dependencies: { '@x/text': '1.0.0' } })
})

afterAll(async () => await rm(root, { recursive: true, force: true }))

const refusal = (folder: string): Promise<CliError | undefined> =>
  expectWhole(path.join(root, folder)).then(
    () => undefined,
    (error: CliError) => error,
  )

describe('a workspace on its own', () => {
  it('is refused when it needs another one, with the command that works', async () => {
    const error = await refusal('packages/letter')
    expect(error).toMatchObject({
      exitCode: 2,
      message: 'packages/letter is a workspace and needs @x/text from beside it',
      hints: expect.arrayContaining([`iama refactor ${root} --include 'packages/letter/**'`]),
    })
  })

  it.each(['packages/alone', 'packages/text', 'samples/letter', '', 'not/there'])(
    'is taken when it needs none, and so is what is no workspace: %s',
    async (folder) => expect(await refusal(folder)).toBeUndefined(),
  )
})
