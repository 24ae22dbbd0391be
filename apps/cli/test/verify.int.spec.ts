import { execFile } from 'node:child_process'
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { canonicalJson, formatPatch, patchBetween, patchHash, treeHash } from '@iama/patch'
import { fingerprintOf, keyIdOf } from '@iama/verdict/envelope'

const main = path.join(import.meta.dirname, '../src/main.ts')
const { privateKey } = generateKeyPairSync('ed25519')
const publicKey = createPublicKey(privateKey)
const der = publicKey.export({ type: 'spki', format: 'der' })

const treeOf = (text: string) => new Map([['index.js', { content: Buffer.from(text), executable: false }]])
const [before, after] = [treeOf('a\n'), treeOf('b\n')]
const patch = patchBetween(before, after)

const body = {
  version: 1,
  result: 'fail',
  seed: 1,
  base: treeHash(before),
  patch: patchHash(patch),
  patched: treeHash(after),
  sessions: 'd'.repeat(64),
  tools: { node: 'v24.0.0' },
  commands: [],
  notRun: [],
  gates: [
    {
      gate: 'baseline',
      number: 1,
      status: 'fail',
      summary: '1 test fails',
      details: [{ kind: 'test', subject: 'adds up', message: 'was 1, is 2' }],
    },
  ],
}
const envelope = {
  version: 1,
  body,
  signature: {
    algorithm: 'ed25519',
    keyId: keyIdOf(der),
    publicKey: der.toString('base64'),
    value: sign(null, Buffer.from(canonicalJson(body)), privateKey).toString('base64'),
  },
  run: { at: '2026-01-01T00:00:00.000Z', milliseconds: 5, platform: 'linux-x64', node: 'v24.0.0' },
}

let folder: string
const at = (name: string): string => path.join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'iama-verify-'))
  await writeFile(at('verdict.json'), JSON.stringify(envelope))
  await writeFile(at('tampered.json'), JSON.stringify({ ...envelope, body: { ...body, result: 'pass' } }))
  await writeFile(at('key.pem'), publicKey.export({ type: 'spki', format: 'pem' }))
  await writeFile(at('patch.json'), formatPatch(patch))
  await writeFile(at('other.json'), formatPatch({ ...patch, edits: [] }))
})

afterAll(async () => await rm(folder, { recursive: true }))

/** The client as a process of its own, which knows no server. */
const iama = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], HOME: folder }
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', main, ...args],
      { env },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })

describe('verify', () => {
  it('needs no server, shows what a red verdict says, and that nobody vouched for its key', async () => {
    const { code, stdout, stderr } = await iama('verify', at('verdict.json'))
    expect(code).toBe(0)
    for (const text of ['the signature is good', 'red', body.base, body.patch, body.patched, 'adds up: was 1, is 2'])
      expect(stdout).toContain(text)
    expect(stdout).toMatch(/not signed: .*linux-x64/)
    expect(stderr).toContain(`nobody vouched for the key ${fingerprintOf(der)}`)
  })

  it('takes a pinned key as a fingerprint or as PEM, and no other', async () => {
    for (const key of [fingerprintOf(der), at('key.pem')])
      expect(await iama('verify', at('verdict.json'), '--key', key)).toMatchObject({ code: 0, stderr: '' })
    const other = await iama('verify', at('verdict.json'), '--key', '0'.repeat(64))
    expect(other).toMatchObject({ code: 5, stdout: '', stderr: expect.stringContaining('another key') })
    const short = await iama('verify', at('verdict.json'), '--key', keyIdOf(der))
    expect(short).toMatchObject({ code: 2, stderr: expect.stringContaining('64 hex digits') })
  })

  it('does not believe what was changed, and is told apart by machines', async () => {
    const { code, stdout } = await iama('verify', at('tampered.json'), '--key', at('key.pem'), '--json')
    expect(code).toBe(5)
    expect(JSON.parse(stdout)).toMatchObject({ type: 'error', code: 'SIGNATURE_INVALID' })
    expect((await iama('verify', at('patch.json'))).code).toBe(2)
    expect((await iama('verify', at('no-such-file'))).code).toBe(2)
  })

  it('says whether it is about a given patch and a given folder', async () => {
    const about = (name: string) => iama('verify', at('verdict.json'), '--patch', at(name))
    expect((await about('patch.json')).code).toBe(0)
    expect(await about('other.json')).toMatchObject({ code: 5, stderr: expect.stringContaining('not about the patch') })
    const tree = await mkdtemp(path.join(tmpdir(), 'iama-tree-'))
    const given = async (text: string): Promise<string> => {
      await writeFile(path.join(tree, 'index.js'), text)
      const { code, stdout } = await iama('verify', at('verdict.json'), '--tree', tree, '--json')
      return `${code} ${String((JSON.parse(stdout) as Record<string, unknown>)['tree'])}`
    }
    expect([await given('a\n'), await given('b\n'), await given('c\n')]).toEqual(['0 base', '0 patched', '5 undefined'])
    await rm(tree, { recursive: true })
  })
})
