import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { programFiles } from './runtime-files.ts'

let root: string

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'iama-runtime-'))
  await mkdir(path.join(root, '.iama'))
  await writeFile(path.join(root, 'package.json'), '{}')
  await writeFile(path.join(root, 'one.js'), 'exports.one = (a, b) => a + b\n')
})

afterAll(async () => await rm(root, { recursive: true, force: true }))

describe('a program of the runtime', () => {
  it('is two files, and needs no other of ours', async () => {
    const files = programFiles('surface')
    expect([...files.keys()]).toEqual(['.iama/driver.cjs', '.iama/surface.cjs'])
    for (const [name, content] of files) await writeFile(path.join(root, name), content)
    const [input, output] = ['.iama/modules.json', '.iama/surface.ndjson']
    await writeFile(path.join(root, input), JSON.stringify({ modules: ['one.js'] }))
    const argv = ['.iama/driver.cjs', '.iama/surface.cjs', input, output, '5000', '1']
    await promisify(execFile)(process.execPath, argv, { cwd: root })
    const [line] = (await readFile(path.join(root, output), 'utf8')).split('\n')
    expect(JSON.parse(line!)).toMatchObject({ i: 0, facts: { 'one.arity': '2' } })
  })

  it('goes on behind a module that leaves it nothing to wait for, or ends it as if all were well', async () => {
    const modules = ['waits.mjs', 'ends.js', 'one.js']
    await writeFile(path.join(root, 'waits.mjs'), 'await new Promise(() => {})\nexport const a = 1\n')
    await writeFile(path.join(root, 'ends.js'), 'process.reallyExit(0)\n')
    for (const [name, content] of programFiles('surface')) await writeFile(path.join(root, name), content)
    const [input, output] = ['.iama/modules.json', '.iama/endings.ndjson']
    await writeFile(path.join(root, input), JSON.stringify({ modules }))
    const argv = ['.iama/driver.cjs', '.iama/surface.cjs', input, output, '5000', '9']
    await promisify(execFile)(process.execPath, argv, { cwd: root })
    const lines = (await readFile(path.join(root, output), 'utf8')).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { i: 0, crashed: expect.stringMatching(/^ends the process with \d+$/) },
      { i: 1, crashed: 'ends the process with 0' },
      { i: 2, facts: { 'one.arity': '2' } },
    ])
  })
})
