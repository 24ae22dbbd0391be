import { describe, expect, it } from '@jest/globals'

import { parseServer, readSettings } from './config.ts'

describe('settings', () => {
  it('come from flags before the environment, and from the XDG folders', () => {
    const environment = { IAMA_SERVER: 'https://a.example', XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s' }
    expect(readSettings({ server: 'https://b.example/' }, environment)).toMatchObject({
      server: 'https://b.example',
      credentialsFile: '/c/iama/credentials.json',
      stateDir: '/s/iama',
    })
    expect(readSettings({}, environment).server).toBe('https://a.example')
    expect(readSettings({}, { XDG_STATE_HOME: 'relative' }).stateDir).toMatch(/\/\.local\/state\/iama$/)
    expect(readSettings({}, { IAMA_CREDENTIALS: '/x/c.json' }).credentialsFile).toBe('/x/c.json')
    expect(readSettings({}, {}).server).toBeUndefined()
  })

  it('honour NO_COLOR, which --color outvotes', () => {
    expect(readSettings({}, { NO_COLOR: '1' }).color).toBe('never')
    expect(readSettings({}, { NO_COLOR: '' }).color).toBe('auto')
    expect(readSettings({ color: 'always' }, { NO_COLOR: '1' }).color).toBe('always')
    expect(() => readSettings({ color: 'pink' }, {})).toThrow('auto, always or never')
  })

  it.each(['http://127.0.0.1:8080', 'http://localhost:1/', 'http://[::1]:5', 'https://iama.example/api/'])(
    'accept %s',
    (url) => {
      expect(parseServer(url)).toBe(url.replace(/\/$/, ''))
    },
  )

  it.each(['ftp://a', 'http://example.org', 'localhost:80', 'nonsense', 'https://user:secret@host'])(
    'refuse %s',
    (url) => {
      expect(() => parseServer(url)).toThrow(expect.objectContaining({ exitCode: 2 }))
    },
  )
})
