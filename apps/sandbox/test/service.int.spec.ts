import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { SandboxService } from '@iama/contracts/iama/sandbox/v1/service'
import { client, RpcError } from '@iama/rpc'
import { isolationSuite } from '@iama/testing/isolation'
import { eventually } from '@iama/testing/servers'
import { ownSeconds } from './harness.ts'
import { finish, startSandbox, submit, upload, type Ref, type SandboxUnderTest } from './sandbox-service.ts'

let service: SandboxUnderTest

beforeAll(async () => {
  service = await startSandbox()
})

afterAll(async () => await service.stop(), 30_000)

const events = async (sessionId: string): Promise<string[]> =>
  (
    await service.database.query<{ type: string }>(
      'SELECT type FROM outbox WHERE aggregate_id = $1 ORDER BY sequence',
      [sessionId],
    )
  ).map(({ type }) => type)

const exec = async (session: Ref, argv: string[], more = {}) => {
  const output: Uint8Array[] = []
  for await (const { part } of service.sandbox.exec({ session, tree: 'base', argv, ...more })) {
    if (part.case === 'done') return { ...part.value, stdout: Buffer.concat(output).toString() }
    if (part.case === 'stdout') output.push(part.value)
  }
  throw new Error('no end')
}

const read = async (session: Ref, file: string): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const { chunk } of service.sandbox.download({ session, tree: 'base', path: file })) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('the life of a session', () => {
  it('is ready, and says so', async () => {
    const answer = await fetch(`http://${service.running().opsAddress}/readyz`)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ checks: { isolation: { ok: true }, postgres: { ok: true } } })
  })

  it('is provisioned once for each request, at an address that answers', async () => {
    const ask = { tenantId: randomUUID(), jobId: randomUUID(), requestId: 'job-0' }
    const [first, second] = await Promise.all([service.sandbox.provision(ask), service.sandbox.provision(ask)])
    expect(second.session).toEqual(first.session)
    expect(first.address).toBe(service.running().address)
    expect((await service.sandbox.provision(ask)).session).toEqual(first.session)
    expect((await service.sandbox.provision({ ...ask, requestId: 'job-1' })).session).not.toEqual(first.session)
    expect(await events(first.session!.sessionId)).toEqual(['sandbox.provisioned'])
  })

  it('keeps large and odd files byte for byte, and a repeated upload begins anew', async () => {
    const big = Buffer.from(Array.from({ length: 700_000 }, (_, i) => (i * 7) % 256))
    const session = await submit(service, { 'big file – ü.bin': big, empty: '' })
    expect((await read(session, 'big file – ü.bin')).equals(big)).toBe(true)
    expect((await read(session, 'empty')).length).toBe(0)
    expect(await upload(service, session, { 'other.txt': 'x' })).toMatchObject({ files: 1, bytes: 1n })
    await expect(read(session, 'empty')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })

  it('runs commands and tells how they ended', async () => {
    const session = await submit(service, { 'a.js': 'console.log(1 + 1)\n' })
    expect(await exec(session, ['node', 'a.js'])).toMatchObject({ exitCode: 0, signal: '', limit: '', stdout: '2\n' })
    expect(await exec(session, ['sleep', '9'], { timeoutMilliseconds: 200n })).toMatchObject({
      exitCode: -1,
      limit: 'time',
    })
  })

  it('ends with a proof that nothing is left, again and again', async () => {
    const session = await submit(service, { a: '12345', 'd/b': '' })
    await expect(service.sandbox.getWipeEvidence({ session })).rejects.toMatchObject({ code: 'SANDBOX_NOT_WIPED' })
    const { evidence } = await service.sandbox.destroy({ session })
    expect(evidence).toMatchObject({ sessionId: session.sessionId, files: 2n, bytes: 5n, processesKilled: 0 })
    expect(evidence!.verifiedBy).toContain('ENOENT')
    expect((await service.sandbox.destroy({ session })).evidence).toEqual(evidence)
    expect((await service.sandbox.getWipeEvidence({ session })).evidence).toEqual(evidence)
    expect(existsSync(path.join(service.folder, 'runtime/sessions', session.sessionId))).toBe(false)
    expect(await events(session.sessionId)).toEqual(['sandbox.provisioned', 'sandbox.destroyed', 'sandbox.wiped'])
    await expect(exec(session, ['true'])).rejects.toMatchObject({ code: 'SANDBOX_ENDED' })
  })

  it('is nobody else’s: neither another tenant nor another job finds it', async () => {
    const session = await submit(service, { a: '' })
    for (const other of [
      { ...session, tenantId: randomUUID() },
      { ...session, jobId: randomUUID() },
    ]) {
      await expect(exec(other, ['true'])).rejects.toMatchObject({ code: 'SANDBOX_NOT_FOUND' })
      await expect(service.sandbox.destroy({ session: other })).rejects.toMatchObject({ code: 'SANDBOX_NOT_FOUND' })
    }
  })

  it('refuses what it does not understand, naming the field and the fix', async () => {
    const session = await submit(service, { a: '' })
    const refused = (await service.sandbox
      .provision({ tenantId: randomUUID(), jobId: 'x', requestId: '' })
      .catch((error: unknown) => error)) as RpcError
    expect(refused).toBeInstanceOf(RpcError)
    expect(refused.code).toBe('INVALID_REQUEST')
    await expect(upload(service, session, { '../x': '' })).rejects.toMatchObject({ code: 'UPLOAD_REFUSED' })
    await expect(upload(service, session, { a: '', 'a/b': '' })).rejects.toMatchObject({ code: 'UPLOAD_REFUSED' })
    await expect(exec(session, [])).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    await expect(exec(session, ['true'], { tree: '../x' })).rejects.toMatchObject({ code: 'UPLOAD_REFUSED' })
    await expect(read(session, '/etc/passwd')).rejects.toMatchObject({ code: 'UPLOAD_REFUSED' })
  })

  it('is driven by the worker alone', async () => {
    const { identity } = service
    const asked = { tenantId: randomUUID(), jobId: randomUUID(), requestId: 'r' }
    const as = (token: () => Promise<string>) => client(SandboxService, service.running().address, { token })
    for (const token of [
      () => identity.service('router', 'sandbox'),
      () => identity.user(asked.tenantId, randomUUID(), 'sandbox'),
    ]) {
      await expect(as(token).provision(asked)).rejects.toMatchObject({ code: 'CALLER_NOT_ALLOWED' })
    }
  })

  it('stops a command when the caller goes away', async () => {
    const session = await submit(service, { a: '' })
    const seconds = ownSeconds()
    const argv = ['sh', '-c', `echo begun; exec sleep ${seconds}`]
    const abort = new AbortController()
    const running = (async () => {
      for await (const { part } of service.sandbox.exec({ session, tree: 'base', argv }, { signal: abort.signal }))
        if (part.case === 'stdout') abort.abort()
    })()
    await expect(running).rejects.toThrow()
    await eventually('the command is gone', () =>
      readdirSync('/proc').every((pid) => {
        try {
          return !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(seconds)
        } catch {
          return true // it has ended
        }
      }),
    )
    const { evidence } = await service.sandbox.destroy({ session })
    expect(evidence!.processesKilled).toBe(0)
  })

  it('installs dependencies once for each tenant and remembers what is cached', async () => {
    const manifest = {
      'package.json': '{"name":"p","dependencies":{"ms":"2.1.3"}}',
      'i.js': 'console.log(require("ms")(60000))',
    }
    const tenantId = randomUUID()
    const session = await submit(service, manifest, tenantId)
    const { done, told } = await finish(service.sandbox.installDependencies({ session }))
    expect(done).toMatchObject({ packages: 1, cached: false })
    expect(told.at(-1)).toBe('install done: 1 packages installed')
    expect((await exec(session, ['node', 'i.js'])).stdout).toBe('1m\n')
    const again = await submit(service, manifest, tenantId)
    expect((await finish(service.sandbox.installDependencies({ session: again }))).done).toMatchObject({ cached: true })
    const rows = await service.database.query(
      'SELECT packages, address FROM dependency_cache_index WHERE tenant_id = $1',
      [tenantId],
    )
    expect(rows).toEqual([{ packages: 1, address: service.running().address }])
  })

  it('ends its sessions when it stops, and says that a session of an earlier life is lost', async () => {
    const session = await submit(service, { a: 'xyz' })
    await service.restart()
    await expect(exec(session, ['true'])).rejects.toMatchObject({ code: 'SANDBOX_LOST' })
    expect((await service.sandbox.getWipeEvidence({ session })).evidence).toMatchObject({ files: 1n, bytes: 3n })
  })
})

isolationSuite({ urls: () => service.database.urls, exceptions: {} })
