import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { root } from '../workspace.ts'
import { checkProtos, lastRelease, packagedProtos } from './protos.ts'

let workspace: string
let log: string

const git = (...args: string[]): void => {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false']
  execFileSync('git', [...identity, ...args], { cwd: workspace, stdio: 'ignore' })
}

const proto = (fields: string): void =>
  writeFileSync(
    path.join(workspace, 'proto/iama/shop/v1/shop.proto'),
    `syntax = "proto3";\n\npackage iama.shop.v1;\n\n// A thing.\nmessage Thing {\n${fields}}\n`,
  )

beforeEach(() => {
  workspace = mkdtempSync(path.join(tmpdir(), 'iama-protos-'))
  log = path.join(workspace, 'check.log')
  mkdirSync(path.join(workspace, 'proto/iama/shop/v1'), { recursive: true })
  cpSync(path.join(root, 'buf.yaml'), path.join(workspace, 'buf.yaml'))
  for (const folder of packagedProtos)
    cpSync(path.join(root, folder), path.join(workspace, folder), { recursive: true })
  proto('  // Its name.\n  string name = 1;\n  // Its price.\n  int64 price = 2;\n')
  git('init', '-q')
  git('add', 'proto')
  git('commit', '-q', '-m', 'first')
})

afterEach(() => rmSync(workspace, { recursive: true, force: true }))

describe('the contracts', () => {
  it('are only linted before the first release', async () => {
    proto('  // Its name.\n  string name = 1;\n')
    expect(lastRelease(workspace)).toBeUndefined()
    await checkProtos(log, workspace)
  })

  it('may grow after a release', async () => {
    git('tag', 'v1.0.0')
    proto(
      '  // Its name.\n  string name = 1;\n  // Its price.\n  int64 price = 2;\n  // Its weight.\n  int64 grams = 3;\n',
    )
    await checkProtos(log, workspace)
    expect(readFileSync(log, 'utf8')).toContain('nothing that v1.0.0 promised is broken')
  })

  it('may not lose a field that was released', async () => {
    git('tag', 'v1.0.0')
    proto('  // Its name.\n  string name = 1;\n')
    await expect(checkProtos(log, workspace)).rejects.toMatchObject({
      message: 'buf breaking against v1.0.0 ended with 100',
      tail: expect.stringContaining('Previously present field "2"'),
    })
  })

  it('are refused when a name is not as it should be', async () => {
    proto('  // Its name.\n  string Name = 1;\n')
    await expect(checkProtos(log, workspace)).rejects.toMatchObject({
      message: 'buf lint ended with 100',
      tail: expect.stringContaining('should be lower_snake_case'),
    })
  })
})
