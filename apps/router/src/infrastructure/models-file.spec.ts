import { describe, expect, it } from '@jest/globals'
import { readModels } from './models-file.ts'

const read = (text: string, environment = {}) => readModels('models.yaml', text, environment)

describe('the file of models', () => {
  it('needs an endpoint and a name; the rest has defaults', () => {
    const [model] = read(
      'providers: [{ name: ollama, endpoint: http://127.0.0.1:11434/v1, models: [{ model: qwen3 }] }]',
    )
    expect(model).toEqual({
      offer: {
        engine: 'model',
        provider: 'ollama',
        model: 'qwen3',
        classes: ['L1', 'L2', 'L3'],
        window: 128_000,
        outputCap: 16_384,
        price: { input: 0, cachedInput: 0, output: 0 },
      },
      endpoint: 'http://127.0.0.1:11434/v1',
      key: undefined,
      limits: { firstTokenMs: 120_000, stallMs: 60_000, totalMs: 1_200_000 },
      capField: 'max_tokens',
    })
  })

  it('takes several providers with several models, in order, with their keys from the environment', () => {
    const models = read(
      `
providers:
  - name: a
    endpoint: https://a.example/v1/
    key_env: A_KEY
    models:
      - { model: one, classes: [L1], price: { input: 1, cached: 0.5, output: 2 } }
      - { model: org/two, classes: [L2, L3], window: 32000, output: 4096, cap_field: max_completion_tokens }
  - { name: b, endpoint: "http://b:4000", models: [{ model: one }] }
`,
      { A_KEY: 'secret' },
    )
    expect(models.map(({ offer, key, endpoint }) => [offer.provider, offer.model, key, endpoint])).toEqual([
      ['a', 'one', 'secret', 'https://a.example/v1'],
      ['a', 'org/two', 'secret', 'https://a.example/v1'],
      ['b', 'one', undefined, 'http://b:4000'],
    ])
    expect(models[0]!.offer.price).toEqual({ input: 1, cachedInput: 0.5, output: 2 })
    expect(models[1]!.capField).toBe('max_completion_tokens')
  })

  it('leaves the key of a provider to its tenants where it says so', () => {
    const models = read(`
providers:
  - { name: a, endpoint: "http://a", key_of: tenant, models: [{ model: one }, { model: two }] }
  - { name: b, endpoint: "http://b", models: [{ model: one }] }
`)
    expect(models.map(({ offer, key }) => [offer.provider, offer.keyOf, key])).toEqual([
      ['a', 'tenant', undefined],
      ['a', 'tenant', undefined],
      ['b', undefined, undefined],
    ])
  })

  const wrong = (provider: string): string => `providers: [${provider}]`
  it.each([
    ['what is no YAML', 'providers: [', /is no YAML/],
    ['another shape', 'models: []', /providers|Unrecognized/],
    ['a provider without a model', wrong('{ name: a, endpoint: http://a, models: [] }'), /models/],
    ['an endpoint that is no URL', wrong('{ name: a, endpoint: a:1, models: [{ model: m }] }'), /endpoint/],
    [
      'a file as an endpoint',
      wrong('{ name: a, endpoint: "file:///etc/passwd", models: [{ model: m }] }'),
      /http\(s\)/,
    ],
    ['a name that is taken', wrong('{ name: codemod, endpoint: http://a, models: [{ model: m }] }'), /taken/],
    ['a field that does not exist', wrong('{ name: a, endpoint: http://a, key: sk-1, models: [{ model: m }] }'), /key/],
    [
      'a price below nothing',
      wrong('{ name: a, endpoint: http://a, models: [{ model: m, price: { input: -1, output: 0 } }] }'),
      /price/,
    ],
    [
      'the same model twice',
      wrong('{ name: a, endpoint: http://a, models: [{ model: m }, { model: m }] }'),
      /a\/m twice/,
    ],
    [
      'a key of the system and of tenants at once',
      wrong('{ name: a, endpoint: http://a, key_env: A_KEY, key_of: tenant, models: [{ model: m }] }'),
      /key_of: does not go with key_env/,
    ],
    [
      'a key of anybody else',
      wrong('{ name: a, endpoint: http://a, key_of: user, models: [{ model: m }] }'),
      /key_of: can only be tenant/,
    ],
    [
      'a key that is not set',
      wrong('{ name: a, endpoint: http://a, key_env: A_KEY, models: [{ model: m }] }'),
      /A_KEY/,
    ],
  ])('refuses %s, and says where', (_, text, message) => {
    expect(() => read(text)).toThrow(message)
  })
})
