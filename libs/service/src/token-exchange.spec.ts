import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { credentialOf } from '@iama/security'
import { TokenExchange } from './token-exchange.ts'

const credential = credentialOf('Bearer some.access.token')!
const apiKey = credentialOf('Bearer iama_key')!

let now: number
let asked: string[]
let refuse: boolean
let exchange: TokenExchange

const exchangeToken = async (request: { credential?: unknown; audience?: string }) => {
  asked.push(`${(request.credential as { case: string }).case} ${request.audience}`)
  await Promise.resolve()
  if (refuse) throw new Error('refused')
  const expiresAt = timestampFromDate(new Date(now + 60_000))
  return { $typeName: 'iama.auth.v1.ExchangeTokenResponse' as const, internalToken: `t${asked.length}`, expiresAt }
}

beforeEach(() => {
  ;[now, asked, refuse] = [1_000_000, [], false]
  exchange = new TokenExchange({ exchangeToken }, { now: () => new Date(now) })
})

describe('an internal token', () => {
  it('is asked for once by many calls with one credential', async () => {
    const tokens = await Promise.all([1, 2, 3].map(() => exchange.tokenFor(credential, 'jobs')))
    expect(tokens).toEqual(['t1', 't1', 't1'])
    expect(asked).toEqual(['accessToken jobs'])
  })

  it('is one for each service and each credential', async () => {
    await exchange.tokenFor(credential, 'jobs')
    await exchange.tokenFor(credential, 'auth')
    await exchange.tokenFor(apiKey, 'jobs')
    expect(asked).toEqual(['accessToken jobs', 'accessToken auth', 'apiKey jobs'])
  })

  it('is used until 10 s before its end', async () => {
    expect(await exchange.tokenFor(credential, 'jobs')).toBe('t1')
    now += 49_999
    expect(await exchange.tokenFor(credential, 'jobs')).toBe('t1')
    now += 1
    expect(await exchange.tokenFor(credential, 'jobs')).toBe('t2')
  })

  it('is kept no longer than it is told to', async () => {
    const impatient = new TokenExchange({ exchangeToken }, { now: () => new Date(now) }, 30_000)
    expect(await impatient.tokenFor(credential, 'router')).toBe('t1')
    now += 29_999
    expect(await impatient.tokenFor(credential, 'router')).toBe('t1')
    now += 1
    expect(await impatient.tokenFor(credential, 'router')).toBe('t2')
  })

  it('is asked for again after a refusal, and when a service did not take it', async () => {
    refuse = true
    await expect(exchange.tokenFor(credential, 'jobs')).rejects.toThrow('refused')
    refuse = false
    expect(await exchange.tokenFor(credential, 'jobs')).toBe('t2')
    exchange.forget(credential, 'jobs')
    expect(await exchange.tokenFor(credential, 'jobs')).toBe('t3')
  })

  it('is forgotten when 10,000 others came after it', async () => {
    await exchange.tokenFor(credential, 'jobs')
    for (let other = 0; other < 10_000; other++)
      await exchange.tokenFor({ kind: 'apiKey', secret: '', digest: String(other) }, 'jobs')
    expect(exchange.held(credential, 'jobs')).toBeUndefined()
  })
})
