import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { absentOptionals, completeLock, entryOf, lockProblems, type Lock } from './lock.ts'

let workspace: string

const write = (file: string, value: unknown): void => {
  mkdirSync(path.dirname(path.join(workspace, file)), { recursive: true })
  writeFileSync(path.join(workspace, file), JSON.stringify(value))
}

const tool = {
  version: '1.0.0',
  dev: true,
  optionalDependencies: { 'tool-darwin-arm64': '1.0.0', 'tool-linux-x64': '1.0.0' },
}

beforeEach(() => {
  workspace = mkdtempSync(path.join(tmpdir(), 'iama-lock-'))
  write('package.json', { devDependencies: { tool: '1.0.0' } })
  write('libs/kernel/package.json', { name: '@iama/kernel' })
  write('package-lock.json', {
    lockfileVersion: 3,
    packages: {
      '': { devDependencies: { tool: '1.0.0' } },
      'libs/kernel': { name: '@iama/kernel' },
      'node_modules/tool': tool,
      'node_modules/tool-linux-x64': { version: '1.0.0', optional: true },
    },
  })
})

afterEach(() => rmSync(workspace, { recursive: true, force: true }))

describe('a lock file', () => {
  it('that lacks the native code of another system is found, completed, and then fits', () => {
    expect(lockProblems(workspace)).toEqual([
      'tool-darwin-arm64@1.0.0, wanted by tool, has no entry: node tools/complete-lock.ts',
    ])
    expect(completeLock(workspace)).toBe(1)
    expect(lockProblems(workspace)).toEqual([])
    const { packages } = JSON.parse(readFileSync(path.join(workspace, 'package-lock.json'), 'utf8')) as Lock
    expect(packages['node_modules/tool-darwin-arm64']).toEqual({
      version: '1.0.0',
      cpu: ['arm64'],
      dev: true,
      optional: true,
      os: ['darwin'],
    })
    expect(Object.keys(packages)).toEqual([...Object.keys(packages)].sort())
    expect(completeLock(workspace)).toBe(0)
  })

  it('that is older than a package.json is found', () => {
    completeLock(workspace)
    write('package.json', { devDependencies: { tool: '1.1.0' }, dependencies: { other: '2.0.0' } })
    write('libs/rpc/package.json', { name: '@iama/rpc' })
    expect(lockProblems(workspace)).toEqual([
      'package.json and package-lock.json differ on other: npm install',
      'package.json and package-lock.json differ on tool: npm install',
      'libs/rpc is not in package-lock.json: npm install',
    ])
  })
})

describe('an entry that is made from a name', () => {
  const absent = (name: string, version = '1.0.0') => ({ name, version, wantedBy: 'x', dev: false })

  it.each([
    ['@swc/core-linux-arm-gnueabihf', 'linux', 'arm'],
    ['@swc/core-win32-ia32-msvc', 'win32', 'ia32'],
    ['@unrs/resolver-binding-openharmony-arm64', 'openharmony', 'arm64'],
  ])('knows the system and the processor of %s', (name, os, cpu) => {
    expect(entryOf(absent(name))).toEqual({ version: '1.0.0', cpu: [cpu], optional: true, os: [os] })
  })

  it('is refused where the name tells no system, or the version is a range', () => {
    expect(() => entryOf(absent('left-pad'))).toThrow('its name tells no system')
    expect(() => entryOf(absent('tool-darwin-x64', '^1.0.0'))).toThrow('its name tells no system')
  })

  it('is not needed for a package that stands below the one that wants it', () => {
    expect(
      absentOptionals({
        packages: { 'node_modules/tool': { optionalDependencies: { a: '1' } }, 'node_modules/tool/node_modules/a': {} },
      }),
    ).toEqual([])
  })
})
