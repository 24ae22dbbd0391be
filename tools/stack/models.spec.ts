import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { apps } from '../workspace.ts'
import { startOwnStack } from './for-tests.ts'
import { writeInfo, type StackInfo } from './info.ts'
import { declaredModels, describeModels, modelSettings, ownModelsFile, type ModelFlags } from './models.ts'
import { settingsOf, type SettingsInput } from './settings.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'iama-models-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const environment = { LITELLM_KEY: 'sk-1', OTHER_KEY: 'sk-2' }
const declared = (flags: ModelFlags) => declaredModels(flags, { environment, cwd: folder })
const endpoint = { 'model-endpoint': 'http://127.0.0.1:11434/v1', model: 'qwen3' }

const file = (name: string, text: string): string => {
  writeFileSync(path.join(folder, name), text)
  return name
}

describe('a model by flags', () => {
  it('becomes a file in the stack’s folder that its owner alone can read, without the key', async () => {
    const models = (await declared({ ...endpoint, 'model-key-env': 'LITELLM_KEY' }))!
    const dir = path.join(folder, 'stack')
    expect(existsSync(dir)).toBe(false)
    const target = models.file(dir)
    expect(target).toBe(ownModelsFile(dir))
    expect(statSync(target).mode & 0o777).toBe(0o600)
    const text = readFileSync(target, 'utf8')
    expect(text).toContain('key_env: LITELLM_KEY')
    expect(text).not.toContain('sk-1')
    expect(await modelSettings(target, environment)).toEqual({ MODELS_FILE: target, LITELLM_KEY: 'sk-1' })
    expect(models.models.map(({ offer }) => [offer.provider, offer.model, offer.classes])).toEqual([
      ['127.0.0.1:11434', 'qwen3', ['L1', 'L2', 'L3']],
    ])
    expect(describeModels(models)).toMatch(/127\.0\.0\.1:11434\/qwen3 for L1 L2 L3\n.*without prices/)
  })

  it('takes the place of the file of an earlier start, but not of a stack that is up', async () => {
    const dir = path.join(folder, 'again')
    const target = (await declared(endpoint))!.file(dir)
    ;(await declared({ ...endpoint, model: 'llama' }))!.file(dir)
    expect(readFileSync(target, 'utf8')).toContain('llama')
    writeInfo(dir, { dir, supervisor: process.pid, ready: true } as StackInfo)
    ;(await declared(endpoint))!.file(dir)
    expect(readFileSync(target, 'utf8')).toContain('llama')
  })

  it.each<[string, ModelFlags, RegExp]>([
    ['a name alone', { model: 'qwen3' }, /endpoint and its name/],
    ['an endpoint alone', { 'model-endpoint': endpoint['model-endpoint'] }, /endpoint and its name/],
    ['a key alone', { 'model-key-env': 'LITELLM_KEY' }, /endpoint and its name/],
    ['a file as well', { ...endpoint, models: 'm.yaml' }, /do not fit/],
    ['what is no URL', { ...endpoint, 'model-endpoint': 'ollama' }, /no URL/],
    ['another protocol', { ...endpoint, 'model-endpoint': 'ftp://127.0.0.1/v1' }, /http\(s\)/],
    ['a password', { ...endpoint, 'model-endpoint': 'http://me:secret@127.0.0.1/v1' }, /holds a password/],
    ['a name with spaces', { ...endpoint, model: 'a b' }, /models\.0\.model/],
    ['a key that is not set', { ...endpoint, 'model-key-env': 'NO_KEY' }, /not set: NO_KEY/],
    ['a key in place of its variable', { ...endpoint, 'model-key-env': 'sk-1' }, /environment variable/],
  ])('is refused with %s', async (_, flags, message) => {
    await expect(declared(flags)).rejects.toThrow(message)
    await expect(declared(flags)).rejects.toMatchObject({ name: 'StepFailed' })
  })

  it('is not asked for', async () => expect(await declared({})).toBeUndefined())
})

describe('a file of models', () => {
  const text = `
providers:
  - name: litellm
    endpoint: http://127.0.0.1:4000/v1
    key_env: LITELLM_KEY
    models: [{ model: gpt-5, classes: [L1], price: { input: 1.25, output: 10 } }]
  - { name: ollama, endpoint: http://127.0.0.1:11434/v1, models: [{ model: qwen3 }] }
`

  it('is found from where the command was typed, and gives the router the keys that it names and no others', async () => {
    const models = (await declared({ models: file('models.yaml', text) }))!
    expect(models.file('/nowhere')).toBe(path.join(folder, 'models.yaml'))
    expect(describeModels(models)).not.toContain('without prices')
    expect(await modelSettings(models.file(''), environment)).toEqual({
      MODELS_FILE: path.join(folder, 'models.yaml'),
      LITELLM_KEY: 'sk-1',
    })
  })

  it('says which provider waits for a key of each tenant, and hands no key over for it', async () => {
    const own = `
providers:
  - name: lab
    endpoint: http://127.0.0.1:4000/v1
    key_of: tenant
    models: [{ model: one, price: { input: 1, output: 2 } }, { model: two }]
`
    const models = (await declared({ models: file('own.yaml', own) }))!
    expect(describeModels(models).split('\n').slice(2)).toEqual([
      '            lab works for who brings a key: npm run iama -- models key lab',
    ])
    expect(await modelSettings(models.file(''), environment)).toEqual({ MODELS_FILE: path.join(folder, 'own.yaml') })
  })

  it('reaches the router alone, and takes the place of none of its settings', async () => {
    const named = file('named.yaml', text.replace('LITELLM_KEY', 'REDIS_URL'))
    const models = await modelSettings(path.join(folder, named), { REDIS_URL: 'redis://somewhere-else' })
    const settings = (name: string): Record<string, string> =>
      settingsOf({
        app: apps().find((app) => app.name === name)!,
        replica: 1,
        dir: folder,
        ports: { rpc: 1 },
        database: undefined,
        natsUrl: 'nats://n',
        natsMonitorUrl: undefined,
        redisUrl: 'redis://r',
        temporalAddress: 't',
        peers: {},
        health: {},
        secrets: { router: 's', jobs: 's' },
        models,
      } satisfies SettingsInput)
    expect(settings('router')).toMatchObject({ MODELS_FILE: path.join(folder, named), REDIS_URL: 'redis://r' })
    expect(settings('jobs')).not.toHaveProperty('MODELS_FILE')
  })

  it.each([
    ['that is not there', 'none.yaml', /cannot be read: ENOENT/],
    ['that is no YAML', 'providers: [', /wrong\.yaml is no YAML/],
    ['with a wrong field', 'providers: [{ name: a, endpoint: http://a, key: sk-1, models: [{ model: m }] }]', /"key"/],
  ])('stops the start with its own message: %s', async (_, content, message) => {
    const name = content === 'none.yaml' ? content : file('wrong.yaml', content)
    await expect(declared({ models: name })).rejects.toThrow(message)
  })

  it('stops every stack before anything is started', async () => {
    const modelsFile = path.join(folder, file('broken.yaml', 'models: []\n'))
    const started = performance.now()
    await expect(startOwnStack({ services: true, modelsFile })).rejects.toThrow(/does not declare models as it should/)
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})
