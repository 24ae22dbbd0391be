import { describe, expect, it } from '@jest/globals'
import { dependencyKey, type Manifests } from './manifests.ts'

const manifests = (files: Record<string, string>, resolution: string[] = []): Manifests => ({
  files: new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])),
  locked: 'package-lock.json' in files,
  resolution,
  anyDependency: true,
})
const tools = ['linux', 'x64', 'v24.9.0', '11.0.0']
const key = (files: Record<string, string>, more: { tenant?: string; resolution?: string[]; tools?: string[] } = {}) =>
  dependencyKey(more.tenant ?? 'a', manifests(files, more.resolution), more.tools ?? tools)
const manifest = (more: object = {}) => ({
  'package.json': JSON.stringify({ name: 'p', dependencies: { ms: '2' }, ...more }),
})

describe('the key of cached dependencies', () => {
  it('is the same for the same packages, whatever else the manifest says', () => {
    expect(key(manifest({ description: 'x', scripts: { test: 'y' }, engines: { node: '20' } }))).toBe(key(manifest()))
  })

  it('differs for another tenant, tool, lock file, version or way of resolving', () => {
    const keys = [
      key(manifest()),
      key(manifest(), { tenant: 'b' }),
      key(manifest(), { tools: ['linux', 'arm64', 'v24.9.0', '11.0.0'] }),
      key({ ...manifest(), 'package-lock.json': '{}' }),
      key({ ...manifest(), 'package-lock.json': '{ }' }),
      key(manifest({ dependencies: { ms: '1' } })),
      key(manifest({ overrides: { ms: '1' } })),
      key(manifest(), { resolution: ['legacy-peer-deps=true'] }),
      key({ ...manifest(), 'packages/a/package.json': '{"name":"a"}' }),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('does not mind a broken manifest of a fixture', () => {
    expect(key({ ...manifest(), 'test/fixtures/package.json': '{' })).toMatch(/^[0-9a-f]{64}$/)
  })
})
