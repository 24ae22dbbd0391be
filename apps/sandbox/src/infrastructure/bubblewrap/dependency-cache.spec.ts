import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { DependencyCache } from './dependency-cache.ts'

let folder: string
let cache: DependencyCache

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'iama-dependencies-'))
  mkdirSync(path.join(folder, 'cache'))
  cache = new DependencyCache(path.join(folder, 'cache'), 0)
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const installed = (name: string): string => {
  const project = path.join(folder, name)
  mkdirSync(path.join(project, 'node_modules'), { recursive: true })
  writeFileSync(path.join(project, 'node_modules', 'by'), name)
  return project
}

const entry = (key: string) => ({ key, places: ['node_modules'], packages: 1, bytes: 1, leftOut: [] })

describe('what several install at once', () => {
  it('is kept once when it is the same, and good for each of them', async () => {
    const names = ['one', 'two', 'three', 'four']
    const kept = await Promise.all(names.map((name) => cache.store('tenant', installed(name), entry('same'))))
    expect(new Set(kept.map((each) => each.folder)).size).toBe(1)
    expect(existsSync(path.join(kept[0]!.folder, 'node_modules', 'by'))).toBe(true)
    expect(readdirSync(path.join(folder, 'cache', 'tenant'))).toEqual(['same'])
    expect(await cache.find('tenant', 'same')).toEqual(kept[0])
  })

  it('is kept beside what a service has left unfinished that had our number', async () => {
    mkdirSync(path.join(folder, 'cache', 'tenant', `key.${process.pid}.part`, 'project', 'node_modules'), {
      recursive: true,
    })
    await cache.store('tenant', installed('one'), entry('key'))
    expect(await cache.find('tenant', 'key')).toMatchObject({ packages: 1 })
  })

  it('is listed without what goes while it is looked at', async () => {
    const tenants = Array.from({ length: 3 }, (_, at) => `tenant-${at}`)
    for (let turns = 0; turns < 10; turns++) {
      for (const tenant of tenants) await cache.store(tenant, installed(tenant), entry('key'))
      const looking = cache.entries()
      for (let turn = 0; turn < turns; turn++) await setImmediate()
      for (const tenant of tenants) rmSync(path.join(folder, 'cache', tenant), { recursive: true })
      expect((await looking).length).toBeLessThanOrEqual(tenants.length)
    }
  })
})
