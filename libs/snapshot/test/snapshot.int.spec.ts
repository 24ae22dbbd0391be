import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { NEVER, startArtifacts, type ArtifactServer } from '@iama/testing/artifacts'
import { testIdentity } from '@iama/testing/identity'
import { putArtifact, readArtifact, readTree } from '../src/index.ts'

let server: ArtifactServer
const tenantId = randomUUID()

beforeAll(async () => {
  server = await startArtifacts(await testIdentity('worker'))
})

afterAll(async () => await server.stop())

const manifestOf = (addresses: Readonly<Record<string, string>>, more: readonly object[] = []): string => {
  const files = Object.entries(addresses).map(([path, address]) => ({
    path,
    executable: path.endsWith('.sh'),
    linkTarget: '',
    address,
  }))
  return server.put(tenantId, JSON.stringify({ version: 1, entries: [...files, ...more] }))
}

describe('an artifact', () => {
  it.each([0, 1, 256 * 1024, 256 * 1024 + 1, 3_000_000])('of %i bytes comes back as it was put', async (size) => {
    const content = randomBytes(size)
    const header = { tenantId, jobId: randomUUID(), mediaType: 'application/octet-stream' }
    const address = await putArtifact(server.artifacts, header, content)
    expect((await readArtifact(server.artifacts, tenantId, address)).equals(content)).toBe(true)
  })
})

describe('a tree', () => {
  it('has the regular files in the order of the manifest, each content fetched once', async () => {
    const [one, two] = [server.put(tenantId, 'same content'), server.put(tenantId, 'other content')]
    const files = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [at === 7 ? 'x.sh' : `f${at}.js`, one]))
    files['x.sh'] = two
    const manifest = manifestOf(files, [{ path: 'link', executable: false, linkTarget: 'f1.js', address: '' }])
    server.asked.length = 0
    const tree = await readTree(server.artifacts, tenantId, manifest)
    expect([...tree.keys()]).toEqual(Object.keys(files))
    expect(tree.get('x.sh')).toEqual({ content: Buffer.from('other content'), executable: true })
    expect(server.asked.sort()).toEqual([manifest, one, two].sort())
  })

  it('ends with the first content that is away', async () => {
    const manifest = manifestOf({ 'gone.js': 'gone', 'held.js': NEVER })
    await expect(readTree(server.artifacts, tenantId, manifest)).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' })
  })

  it('is given up when the caller gives up', async () => {
    const signal = AbortSignal.timeout(100)
    const read = readTree(server.artifacts, tenantId, manifestOf({ 'held.js': NEVER }), signal)
    await expect(read.catch((error: unknown) => error === signal.reason)).resolves.toBe(true)
  })

  it('is not made of something else', async () => {
    const read = readTree(server.artifacts, tenantId, server.put(tenantId, '{}'))
    await expect(read).rejects.toMatchObject({ code: 'NOT_A_SNAPSHOT' })
  })
})
