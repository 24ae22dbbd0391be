import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { parseTreeName } from '../src/domain/paths.ts'
import type { BubblewrapRuntime } from '../src/infrastructure/sandbox-runtime.bubblewrap.ts'
import { base, file, makeRoot, makeRuntime, provision, removeRoot, run, script, shell, tenant } from './harness.ts'

const manifest = (more: object = {}) =>
  file(
    'package.json',
    JSON.stringify({ name: 'p', version: '1.0.0', devDependencies: { ms: '2.1.3', semver: '7.6.3' }, ...more }),
  )
const otherTenant = '0192f000-0000-7000-8000-00000000cccc'

describe('installing dependencies', () => {
  let root: string
  let runtime: BubblewrapRuntime

  beforeAll(async () => {
    root = await makeRoot()
    runtime = makeRuntime(root)
  })

  afterAll(async () => {
    await runtime.close()
    await removeRoot(root)
  })

  it('fetches them once for each tenant and shares them read-only', async () => {
    const id = await provision(runtime, [manifest({ scripts: { test: 'semver 1.2.3' } })])
    const first = await runtime.installDependencies(id, base)
    expect(first).toMatchObject({ status: 'installed', packages: 2 })
    expect((await script(runtime, id, 'console.log(require("ms")("2 days"))')).stdout).toBe('172800000\n')
    expect((await run(runtime, id, ['semver', '1.2.3'])).stdout).toBe('1.2.3\n')
    expect((await run(runtime, id, ['npm', 'test', '--silent'])).stdout).toBe('1.2.3\n')
    const spoil = await shell(
      runtime,
      id,
      'echo "module.exports = 1" > node_modules/ms/index.js; rm -rf node_modules/ms',
    )
    expect(spoil.stderr).toMatch(/Read-only file system/)
    expect(await shell(runtime, id, 'echo 1 > node_modules/.cache/x && ls node_modules/.cache')).toMatchObject({
      stdout: 'x\n',
    })

    const again = await provision(runtime, [manifest({ description: 'other words, same packages' })])
    const second = await runtime.installDependencies(again, base)
    expect(second).toMatchObject({ status: 'cached', cacheKey: first.cacheKey })
    expect(second.durationMs).toBeLessThan(2_000)
    expect((await script(runtime, again, 'console.log(require("ms")("1 day"))')).stdout).toBe('86400000\n')

    const copy = parseTreeName('patched')
    await runtime.copyTree(again, base, copy)
    expect((await script(runtime, again, 'console.log(require("ms")("1 h"))', { tree: copy })).stdout).toBe('3600000\n')

    const stranger = await provision(runtime, [manifest()], {}, otherTenant)
    const third = await runtime.installDependencies(stranger, base)
    expect(third.status).toBe('installed')
    expect(third.cacheKey).not.toBe(first.cacheKey)
    expect(readdirSync(path.join(root, 'dependencies')).sort()).toEqual([tenant, otherTenant].sort())
    expect(await runtime.forgetTenant(otherTenant)).toBe(1)
    expect(readdirSync(path.join(root, 'dependencies'))).toEqual([tenant])
    expect(readdirSync(path.join(root, 'installs'))).toEqual([])
  })

  it('has nothing to do without dependencies or without a manifest', async () => {
    const none = await provision(runtime, [file('package.json', '{"name":"x"}')])
    expect(await runtime.installDependencies(none, base)).toMatchObject({ status: 'nothing-to-install' })
    const bare = await provision(runtime, [file('index.js', '')])
    expect(await runtime.installDependencies(bare, base)).toMatchObject({ status: 'nothing-to-install' })
    const broken = await provision(runtime, [file('package.json', '{"name":')])
    await expect(runtime.installDependencies(broken, base)).rejects.toMatchObject({ code: 'INSTALL_FAILED' })
  })

  it('reproduces a lock file, and says so when it does not fit', async () => {
    const project = await mkdtemp(path.join(os.tmpdir(), 'iama-lock-'))
    await writeFile(path.join(project, 'package.json'), Buffer.from((manifest() as { content: Uint8Array }).content))
    await promisify(execFile)('npm', ['install', '--package-lock-only', '--ignore-scripts'], { cwd: project })
    const lock = await readFile(path.join(project, 'package-lock.json'), 'utf8')
    await rm(project, { recursive: true })
    const id = await provision(runtime, [manifest(), file('package-lock.json', lock)])
    expect(await runtime.installDependencies(id, base)).toMatchObject({ status: 'installed', packages: 2 })
    const stale = manifest({ devDependencies: { ms: '2.1.3', semver: '7.6.2' } })
    const other = await provision(runtime, [stale, file('package-lock.json', lock)])
    await expect(runtime.installDependencies(other, base)).rejects.toThrow(/in sync/)
  })

  it('leaves out, and names, what only development asks for and the registry does not have', async () => {
    const missing = { ms: '2.1.3', semver: '^999.0.0', '@iama-nobody/has-this': '1.0.0' }
    const id = await provision(runtime, [manifest({ devDependencies: missing })])
    const leftOut = ['semver@^999.0.0', '@iama-nobody/has-this@1.0.0']
    const first = await runtime.installDependencies(id, base)
    expect(first).toMatchObject({ status: 'installed', packages: 1 })
    expect([...first.leftOut].sort()).toEqual([...leftOut].sort())
    expect((await script(runtime, id, 'console.log(require("ms")("1 s"))')).stdout).toBe('1000\n')
    expect((await shell(runtime, id, 'cat package.json')).stdout).toContain('999')
    const again = await provision(runtime, [manifest({ devDependencies: missing })])
    expect(await runtime.installDependencies(again, base)).toMatchObject({ status: 'cached', leftOut: first.leftOut })
    const needed = await provision(runtime, [manifest({ dependencies: { semver: '^999.0.0' }, devDependencies: {} })])
    await expect(runtime.installDependencies(needed, base)).rejects.toThrow(/No matching version found for semver/)
  })

  it('is done once at a time in a sandbox: whoever asks again meanwhile spoils nothing', async () => {
    const id = await provision(runtime, [manifest({ devDependencies: { ms: '2.0.0' } })])
    const install = () => runtime.installDependencies(id, base)
    const all = await Promise.all([install(), install(), install()])
    expect(all.map(({ status, packages }) => `${status} ${packages}`)).toEqual(['installed 1', 'cached 1', 'cached 1'])
    expect((await script(runtime, id, 'console.log(require("ms")("1 s"))')).stdout).toBe('1000\n')
  })

  it('goes on with whoever waits when the first one has given up', async () => {
    const id = await provision(runtime, [manifest({ devDependencies: { ms: '2.0.0', semver: '5.7.1' } })])
    const first = runtime.installDependencies(id, base, AbortSignal.abort())
    const second = runtime.installDependencies(id, base)
    await expect(first).rejects.toMatchObject({ code: 'INSTALL_FAILED' })
    expect(await second).toMatchObject({ status: 'installed', packages: 2 })
  })

  it('never runs the scripts of packages', async () => {
    const local = [
      file(
        'package.json',
        JSON.stringify({ name: 'p', scripts: { postinstall: 'touch ran' }, dependencies: { l: 'file:l' } }),
      ),
      file(
        'l/package.json',
        JSON.stringify({ name: 'l', version: '1.0.0', scripts: { install: 'touch /w/project/ran' } }),
      ),
      file('l/index.js', 'module.exports = 7\n'),
    ]
    const id = await provision(runtime, local)
    expect(await runtime.installDependencies(id, base)).toMatchObject({ status: 'installed' })
    expect((await script(runtime, id, 'console.log(require("l"))')).stdout).toBe('7\n')
    expect((await shell(runtime, id, 'ls')).stdout).toBe('l\nnode_modules\npackage.json\n')
  })

  it('reaches the registry and no other host', async () => {
    const elsewhere = { dependencies: { evil: 'https://example.com/evil.tgz' }, devDependencies: {} }
    const id = await provision(runtime, [manifest(elsewhere)])
    const failed = runtime.installDependencies(id, base)
    await expect(failed).rejects.toThrow(/refused by the egress proxy: example.com:443/)
    await expect(failed).rejects.toMatchObject({ code: 'INSTALL_FAILED' })
  })

  it('does not let a project choose its registry', async () => {
    const npmrc = 'registry=http://127.0.0.1:9/\nproxy=http://127.0.0.1:9\nlegacy-peer-deps=true\n'
    const id = await provision(runtime, [manifest({ devDependencies: { ms: '2.1.2' } }), file('.npmrc', npmrc)])
    expect(await runtime.installDependencies(id, base)).toMatchObject({ status: 'installed' })
  })
})
