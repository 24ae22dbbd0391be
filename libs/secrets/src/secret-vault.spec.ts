import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import ts from 'typescript'

import { PLACEHOLDER_NOTE, SecretVault, UnknownPlaceholder, VaultUnreadable } from './index.ts'
import { innocent, planted } from './planted.testing.ts'

const vault = (): SecretVault => new SecretVault('job-1')

describe('planted secrets', () => {
  it('are many', () => {
    expect(planted.length).toBeGreaterThanOrEqual(60)
    expect(innocent.length).toBeGreaterThanOrEqual(50)
  })

  it.each(planted.map((each) => [each.name, each] as const))('%s does not leave', async (_, { text, secret }) => {
    const one = vault()
    const hidden = await one.hide(text)
    expect(hidden).not.toContain(secret)
    expect(hidden).not.toContain(secret.slice(0, Math.max(6, secret.length - 4)))
    expect(hidden).toMatch(/IAMA_SECRET_1_[0-9b-z]{6}(?![A-Za-z0-9_])/)
    expect(one.restore(hidden)).toBe(text)
    expect(one.found.length).toBeGreaterThan(0)
    expect(JSON.stringify(one.found)).not.toContain(secret)
  })

  it('do not leave when they stand together in one file', async () => {
    const one = vault()
    const text = planted.map((each) => each.text).join('\n\n')
    const hidden = await one.hide(text)
    for (const { secret } of planted) expect(hidden).not.toContain(secret)
    expect(one.restore(hidden)).toBe(text)
  })

  it('are hidden as JSON too, and come back', async () => {
    const one = vault()
    for (const { text, secret } of planted) {
      const body = JSON.stringify({ content: text })
      const hidden = await one.hide(body)
      expect(hidden).not.toContain(secret)
      expect(one.restore(hidden)).toBe(body)
    }
  })
})

describe('ordinary code', () => {
  it.each(innocent)('%s stays', async (line) => {
    expect(await vault().hide(`first()\n${line}\nlast()\n`)).toBe(`first()\n${line}\nlast()\n`)
  })
})

const token = planted.find(({ name }) => name === 'GitHub token')!.secret
const other = planted.find(({ name }) => name === 'Google API key')!.secret

describe('a vault', () => {
  it('gives the same secret the same placeholder, in every text', async () => {
    const one = vault()
    const [first, second, third] = await one.hideAll([`a('${token}')`, `b("${token}", "${other}")`, other])
    const word = /IAMA_\w+/.exec(first!)![0]
    expect(second).toContain(word)
    expect(second!.match(/IAMA_\w+/g)).toHaveLength(2)
    expect(third).toBe(second!.match(/IAMA_\w+/g)![1])
    expect(one.found).toEqual([
      { kind: 'gcp', count: 1 },
      { kind: 'github', count: 1 },
    ])
  })

  it('hides a secret where nothing betrays it, when another text does', async () => {
    const [readme, env] = await vault().hideAll(['Log in with tr1cky-w0rds.', 'ADMIN_PASSWORD=tr1cky-w0rds\n'])
    expect(readme).toMatch(/^Log in with IAMA_SECRET_1_\w{6}\.$/)
    expect(env).not.toContain('tr1cky')
  })

  it('leaves ordinary words that somewhere are a password', async () => {
    const [, code] = await vault().hideAll(['redis://:password@cache:6379', 'password: string'])
    expect(code).toBe('password: string')
  })

  it('does not hide again what is hidden', async () => {
    const one = vault()
    const hidden = await one.hide(`const password = 'hunter2!x' // ${token}`)
    expect(await one.hide(`${hidden}\n${other}`)).toBe(`${hidden}\n${await one.hide(other)}`)
    expect(one.restore(await one.hide(hidden))).toBe(one.restore(hidden))
  })

  it('is deterministic by its seed', async () => {
    expect(await vault().hide(token)).toBe(await vault().hide(token))
    expect(await vault().hide(token)).not.toBe(await new SecretVault('job-2').hide(token))
  })

  it('leaves nothing behind in the process', async () => {
    await vault().hide(token)
    const before = performance.getEntries().length
    for (let n = 0; n < 20; n += 1) await vault().hide(token)
    expect(performance.getEntries().length).toBe(before)
  })

  it('crosses a border of processes', async () => {
    const one = vault()
    const hidden = await one.hide(`${token} ${other}`)
    const two = SecretVault.from(JSON.parse(JSON.stringify(one)))
    expect(two.restore(hidden)).toBe(`${token} ${other}`)
    expect(await two.hide(`${other} ${token}`)).toBe(hidden.split(' ').reverse().join(' '))
    expect(two.found).toEqual(one.found)
  })

  it.each([null, 3, {}, { seed: '' }, { seed: 'a', secrets: [{ kind: 'x' }] }])('does not open %j', (json) => {
    expect(() => SecretVault.from(json)).toThrow(VaultUnreadable)
  })

  it('makes one placeholder of a key of many lines', async () => {
    const { text } = planted.find(({ name }) => name === 'PKCS #8 key in a template')!
    expect(await vault().hide(text)).toMatch(/^const k = `IAMA_SECRET_1_\w{6}`\n$/)
  })

  it.each(planted.filter(({ text }) => text.startsWith('const ')).map(({ text }) => text))(
    'leaves %j as code that parses',
    async (text) => {
      const source = ts.transpileModule(await vault().hide(text), { reportDiagnostics: true })
      expect(source.diagnostics).toEqual([])
    },
  )

  it('puts values into JSON as JSON needs them', async () => {
    const one = vault()
    const { text } = planted.find(({ name }) => name === 'PKCS #8 key in a template')!
    const reply = JSON.stringify({ anchor: await one.hide(text) })
    expect(JSON.parse(one.restore(reply, 'json'))).toEqual({ anchor: text })
  })
})

describe('restore', () => {
  const altered: readonly (readonly [string, (word: string) => string])[] = [
    ['lower case', (word) => word.toLowerCase()],
    ['cut', (word) => word.slice(0, -1)],
    ['cut to its number', (word) => word.slice(0, -7)],
    ['a letter more', (word) => `${word}x`],
    ['another number', (word) => word.replace('_1_', '_2_')],
    ['hyphens', (word) => word.replace('IAMA_SECRET', 'IAMA-SECRET')],
    ['a blank', (word) => word.replace('IAMA_SECRET', 'IAMA SECRET')],
    ['camel case', () => 'iamaSecret1'],
    ['glued to a name', (word) => `my${word}`],
    ['made up', () => 'IAMA_SECRET_1_x7k2p9'],
  ]
  it.each(altered)('refuses a placeholder: %s', async (_, alter) => {
    const one = vault()
    const word = await one.hide(token)
    expect(one.restore(`"${word}"`)).toBe(`"${token}"`)
    expect(() => one.restore(`const a = "${alter(word)}"`)).toThrow(UnknownPlaceholder)
  })

  it('keeps what already looks like a placeholder', async () => {
    const one = vault()
    const text = `IAMA_SECRET_1_abcdef iama-secret myIamaSecretStore ${token} ${await vault().hide('x')} \\nIAMA_SECRET IAMA_SECRET_9_bcdfgh`
    const hidden = await one.hide(text)
    expect(hidden).not.toContain('iama-secret')
    expect(one.restore(hidden)).toBe(text)
  })

  it('refuses underscores that Markdown has escaped', async () => {
    const one = vault()
    const word = await one.hide(token)
    expect(() => one.restore(word.replaceAll('_', '\\_'))).toThrow(UnknownPlaceholder)
  })

  it('is explained to the model by a note that the vault would take for a placeholder', async () => {
    expect(await vault().hide(PLACEHOLDER_NOTE)).not.toBe(PLACEHOLDER_NOTE)
  })
})

describe('properties', () => {
  const bits = fc.oneof(
    fc.constantFrom(...planted.map(({ text }) => text), ...planted.map(({ secret }) => secret)),
    fc.constantFrom(
      ...innocent,
      '\\n',
      '\\',
      '"',
      "'",
      'n',
      'x',
      '_',
      '\n',
      'IAMA_SECRET_',
      'iama',
      'secret',
      '=',
      '-',
    ),
    fc.string({ unit: 'binary', maxLength: 6 }),
  )
  const texts = fc.array(bits, { maxLength: 12 }).map((parts) => parts.join(''))

  it('hide and restore is the identity, and what was found is gone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { minLength: 1, maxLength: 3 }), async (given) => {
        const one = vault()
        const hidden = await one.hideAll(given)
        expect(hidden.map((each) => one.restore(each))).toEqual(given)
        const known = one.toJSON().secrets
        const twice = await one.hideAll(hidden)
        expect(twice.map((each) => one.restore(each))).toEqual(given)
        for (const { value, kind } of known) {
          if (kind !== 'placeholder' && value.length >= 12) for (const each of hidden) expect(each).not.toContain(value)
        }
      }),
      { numRuns: 150 },
    )
  })

  it.each([
    ' ',
    'a',
    'A',
    '=',
    '-',
    'a:',
    'eyJ',
    '://',
    'a@',
    '"',
    "a='",
    '\\n',
    '-----BEGIN PRIVATE KEY-----',
    '://a:',
    'x=',
  ])('takes time in proportion to a text of %j', async (part) => {
    const before = process.cpuUsage()
    await vault().hide(part.repeat(200_000 / part.length))
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1e6).toBeLessThan(5)
  })
})
