import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Code, ConnectError } from '@connectrpc/connect'
import { AuthService } from '@iama/contracts/iama/auth/v1/service'
import { ModelService } from '@iama/contracts/iama/router/v1/model'
import { ModelClass } from '@iama/contracts/iama/router/v1/service'

import { startCli, type CliProcess } from './cli-process.ts'

const KEY = 'sk-typed-by-a-person'

let cli: CliProcess
/** What the server of these tests has been given, by provider. */
let keys: Map<string, string>

beforeEach(async () => {
  keys = new Map()
  cli = await startCli((router) => {
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
  })
})

afterEach(() => cli.stop())

const iama = async (args: readonly string[], input = '') => await cli.iama(args, input)

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
