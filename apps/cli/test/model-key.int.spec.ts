import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text as readAll } from 'node:stream/consumers'

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Code, ConnectError } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { AuthService } from '@iama/contracts/iama/auth/v1/service'
import { ModelService } from '@iama/contracts/iama/router/v1/model'
import { ModelClass } from '@iama/contracts/iama/router/v1/service'

import { Credentials } from '../src/credentials.ts'

const main = path.join(import.meta.dirname, '../src/main.ts')
const KEY = 'sk-typed-by-a-person'

let server: Server
let url: string
let folder: string
/** What the server of these tests has been given, by provider. */
let keys: Map<string, string>

/** What a gateway says of models, over real HTTP: one app's tests may not start another app. */
const startServer = async (): Promise<void> => {
  const handler = connectNodeAdapter({
    routes: (router) => {
      router.service(AuthService, { getMe: () => ({ user: { email: 'a@example.org' } }) })
      router.service(ModelService, {
        listModels: () => ({
          models: [
            {
              provider: 'lab',
              model: 'gpt-4o',
              classes: [ModelClass.L1],
              circuit: 'closed',
              keySource: keys.has('lab') ? 'own' : 'missing',
              keyHint: keys.get('lab')?.slice(-4) ?? '',
            },
            { provider: 'house', model: 'small', classes: [ModelClass.L2], circuit: 'closed', keySource: 'platform' },
          ],
        }),
        setProviderKey: ({ provider, key }) => {
          if (provider !== 'lab') throw new ConnectError('provider: is unknown; name one of: lab', Code.InvalidArgument)
          keys.set(provider, key)
          return { keyHint: key.slice(-4) }
        },
        removeProviderKey: ({ provider }) => ({ removed: keys.delete(provider) }),
      })
    },
  })
  server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

beforeEach(async () => {
  keys = new Map()
  await startServer()
  folder = await mkdtemp(path.join(tmpdir(), 'iama-cli-'))
  const credentials = new Credentials(path.join(folder, 'credentials.json'))
  await credentials.save(url, { kind: 'apiKey', apiKey: 'iama_test' })
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

const iama = async (args: readonly string[], input = '') => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    env: {
      PATH: process.env['PATH'],
      IAMA_SERVER: url,
      IAMA_CREDENTIALS: path.join(folder, 'credentials.json'),
      XDG_STATE_HOME: folder,
    },
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  child.stdin.on('error', () => undefined) // it may have ended before it read
  child.stdin.end(input)
  const [stdout, stderr, code] = await Promise.all([readAll(child.stdout), readAll(child.stderr), ended])
  return { stdout, stderr, code }
}

describe('iama models key', () => {
  it('stores the key that stands in stdin, and shows its end alone', async () => {
    const { code, stdout, stderr } = await iama(['models', 'key', 'lab'], `${KEY}\n`)
    expect([code, stdout]).toEqual([0, ''])
    expect([...keys]).toEqual([['lab', KEY]])
    expect(stderr).toContain('the key for lab that ends in rson is stored')
    expect(stderr).toContain('it serves: lab/gpt-4o')
    expect(stderr).not.toContain(KEY)
  }, 30_000)

  it('removes it, and says when there was none', async () => {
    keys.set('lab', KEY)
    expect(await iama(['models', 'key', 'lab', '--remove'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('the key for lab is removed'),
    })
    expect([...keys]).toEqual([])
    const again = await iama(['--json', 'models', 'key', 'lab', '--remove'])
    expect(again.stderr).toContain('there was no key for lab')
    expect(JSON.parse(again.stdout)).toEqual({ type: 'provider-key', provider: 'lab', set: false, removed: false })
  }, 30_000)

  it('takes no key as an argument, none that is empty, and none that the server refuses', async () => {
    const argument = await iama(['models', 'key', 'lab', KEY])
    expect([argument.code, argument.stderr.includes(KEY)]).toEqual([2, false])
    expect(argument.stderr).toContain('the key is no argument')
    const empty = await iama(['models', 'key', 'lab'])
    expect(empty).toMatchObject({ code: 2, stderr: expect.stringContaining('no key for lab was given') })
    const refused = await iama(['models', 'key', 'acme'], KEY)
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('name one of: lab') })
    expect([refused.stderr.includes(KEY), keys.size]).toEqual([false, 0])
  }, 30_000)

  it('tells in its help where the key comes from and who may', async () => {
    const { code, stdout } = await iama(['models', 'key', '--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/read from stdin; it is never an argument/)
    expect(stdout).toMatch(/Only owners and admins/)
    expect((await iama(['models', '--help'])).stdout).toMatch(/key \[options\] <provider>/)
  }, 30_000)
})

describe('a model that waits for a key', () => {
  it('is shown by iama models and iama doctor with what to type', async () => {
    const before = await iama(['models'])
    expect(before.stdout).toMatch(/^lab\/gpt-4o .* missing$/m)
    expect(before.stdout).toMatch(/^house\/small .* platform$/m)
    expect(before.stderr).toContain('lab/gpt-4o waits for a key of yours; an owner or admin types: iama models key lab')
    const { stdout } = await iama(['doctor'])
    expect(stdout).toMatch(
      /L1: none; L2: house\/small; L3: none; waiting for a key of yours: lab\/gpt-4o \(iama models key lab\)/,
    )
    keys.set('lab', KEY)
    const after = await iama(['models'])
    expect(after.stdout).toMatch(/^lab\/gpt-4o .* own, ends in rson$/m)
    expect(after.stderr).toBe('')
    expect((await iama(['doctor'])).stdout).toMatch(/L1: lab\/gpt-4o; L2: house\/small; L3: none$/m)
  }, 60_000)
})
