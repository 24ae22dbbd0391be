import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { maskSecrets, redact, redactText } from './redaction.ts'

// put together here, so that no scanner takes this file for a leak
const secrets = {
  jwt: ['eyJhbGciOiJSUzI1NiJ9', 'eyJzdWIiOiIxMjM0NSJ9', 'c2lnbmF0dXJl'].join('.'),
  apiKey: `iama_${'a1'.repeat(20)}`,
  stripe: `sk_${'live'}_${'x9'.repeat(14)}`,
  github: `gh${'p'}_${'Z8'.repeat(18)}`,
  aws: `AK${'IA'}${'Q7'.repeat(8)}`,
  slack: `xox${'b'}-${'12345678901'}`,
  npm: `npm${'_'}${'k3'.repeat(18)}`,
  pem: `-----BEGIN ${'RSA'} PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----`,
}

describe('a text for the log', () => {
  it.each(Object.entries(secrets))('loses a secret of the form %s', (_name, secret) => {
    const clean = redactText(`before ${secret} after`)
    expect(clean).toBe('before [redacted] after')
  })

  it('loses bearer tokens and passwords in URLs, and nothing around them', () => {
    expect(redactText('authorization: Bearer abc123def456 ok')).toBe('authorization: Bearer [redacted] ok')
    expect(redactText('postgres://app:hunter2@db:5432/jobs')).toBe('postgres://app:[redacted]@db:5432/jobs')
  })

  it.each([
    'job 018f0000-0000-7000-8000-00000000000c moved from ANALYZING to WAITING_STRATEGY',
    'connect ECONNREFUSED 127.0.0.1:5432',
    'sha256 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    'http://127.0.0.1:8080/api/v1/jobs?x=a@b',
    'sk- is short, ghp_ too',
  ])('keeps what is no secret: %s', (text) => expect(redactText(text)).toBe(text))
})

describe('an object for the log', () => {
  it('loses values under secret names, at any depth', () => {
    const clean = redact({
      password: 'a',
      user: { refreshToken: 'b', access_token: 'c', apiKey: 'd', 'x-api-key': 'e', clientSecret: 'f' },
      headers: [{ Authorization: 'g', cookie: 'h' }],
      privatePem: 'i',
    })
    expect(JSON.stringify(clean)).toBe(
      '{"password":"[redacted]","user":{"refreshToken":"[redacted]","access_token":"[redacted]","apiKey":"[redacted]",' +
        '"x-api-key":"[redacted]","clientSecret":"[redacted]"},"headers":[{"Authorization":"[redacted]",' +
        '"cookie":"[redacted]"}],"privatePem":"[redacted]"}',
    )
  })

  it('keeps names that only sound secret', () => {
    const harmless = { tokens: 12, maxTokens: 30_000, input_tokens: 5, pageToken: 'p', revision_token: 'r', keyId: 'k' }
    expect(redact({ ...harmless, tokens: undefined })).toEqual({ ...harmless, tokens: undefined })
  })

  it('reduces errors, with their causes, and cleans them', () => {
    const error = new Error(`no ${secrets.jwt}`, { cause: new TypeError('password in postgres://a:b@c') })
    expect(redact({ err: Object.assign(error, { code: 'E_X', query: 'select secret' }) })).toMatchObject({
      err: {
        type: 'Error',
        message: 'no [redacted]',
        code: 'E_X',
        cause: { type: 'TypeError', message: 'password in postgres://a:[redacted]@c' },
      },
    })
    expect(JSON.stringify(redact(error))).not.toContain('select secret')
  })

  it('survives cycles, depth, bytes and bigints', () => {
    const cycle: Record<string, unknown> = { a: 1n, bytes: new Uint8Array(5), date: new Date(0) }
    cycle['self'] = cycle
    let deep: object = {}
    for (let level = 0; level < 100; level += 1) deep = { deep }
    expect(redact(cycle)).toEqual({ a: '1', bytes: '[5 bytes]', date: new Date(0), self: '[...]' })
    expect(JSON.stringify(redact(deep)).length).toBeLessThan(200)
  })

  it('never throws and leaves what has no secrets as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const clean = redact(value)
        expect(redact(clean)).toEqual(clean)
      }),
    )
  })
})

describe('a text for a model', () => {
  it('comes back with its secrets', () => {
    const text = `const a = '${secrets.stripe}'\nconst b = '${secrets.github}' // ${secrets.stripe}\n`
    const { text: masked, restore } = maskSecrets(text)
    for (const secret of Object.values(secrets)) expect(masked).not.toContain(secret)
    expect(new Set(masked.match(/__IAMA_SECRET_\d+__/g)).size).toBe(2)
    expect(restore(masked)).toBe(text)
    expect(restore('__IAMA_SECRET_9__')).toBe('__IAMA_SECRET_9__')
  })
})
