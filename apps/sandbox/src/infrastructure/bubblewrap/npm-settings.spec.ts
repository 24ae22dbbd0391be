import { describe, expect, it } from '@jest/globals'
import { allowedDestinations, npmrc, parseNpmSettings } from './npm-settings.ts'

const host = {
  registry: 'https://packages.example.org/npm/',
  '@acme:registry': 'http://acme.example.org:4873/',
  '//packages.example.org/npm/:_authToken': 'secret',
  'https-proxy': 'http://user:word@proxy.example.org:3128',
  noproxy: ['localhost,.example.net'],
  cafile: null,
  'strict-ssl': true,
  prefix: '/home/somebody',
}

describe('the npm settings of the host', () => {
  it('are passed on as registry, proxy and certificates, and nothing else', async () => {
    const settings = await parseNpmSettings(host, undefined)
    const text = npmrc(settings, 'http://127.0.0.1:8080', '/run/ca.pem')
    expect(text).toContain('registry=https://packages.example.org/npm/\n@acme:registry=http://acme.example.org:4873/\n')
    expect(text).toContain('cafile=/run/ca.pem\n')
    expect(text).not.toMatch(/secret|word|somebody|proxy\.example/)
    expect(settings.upstream.proxy?.hostname).toBe('proxy.example.org')
    expect(settings.upstream.noProxy).toEqual(['localhost', '.example.net'])
  })

  it('decide what an installation may reach', async () => {
    const settings = await parseNpmSettings(host, undefined)
    expect([...allowedDestinations(settings, ['Git.example.org:443'])]).toEqual([
      'packages.example.org:443',
      'acme.example.org:4873',
      'git.example.org:443',
    ])
  })

  it('must name a registry', async () => {
    await expect(parseNpmSettings({}, undefined)).rejects.toThrow(/Invalid URL/)
  })
})
