import { describe, expect, it } from '@jest/globals'
import { RemoteWorkbench } from './remote-workbench.ts'

const content = Buffer.from('x')

const start = () => {
  const asked: string[] = []
  const answers: Record<string, unknown> = {
    tree: [{ path: 'a.js', content, executable: false }],
    list: ['a.js', 'left-behind.bin'],
  }
  const workbench = new RemoteWorkbench((message) => {
    if (message.type !== 'call') return
    asked.push(`${message.name} ${message.args[0] instanceof Object ? '' : String(message.args[0])}`.trim())
    queueMicrotask(() => workbench.receive({ type: 'answer', id: message.id, value: answers[message.name] }))
  })
  const run = (dir: string) => workbench.run({ dir, argv: ['node', 'test.js'], timeoutMs: 1, maxOutputBytes: 1 })
  return { workbench, asked, run }
}

describe('the sandbox as a worker sees it', () => {
  it('brings the files of an untouched directory with one call', async () => {
    const { workbench, asked } = start()
    expect(await workbench.list('base')).toEqual(['a.js'])
    expect(await workbench.read('base', 'a.js')).toBe(content)
    expect(asked).toEqual(['tree base'])
  })

  it('never brings everything that a command left behind, only the names', async () => {
    const { workbench, asked, run } = start()
    await workbench.list('base')
    await workbench.fork('base', 'ran')
    await run('ran')
    expect(await workbench.list('ran')).toEqual(['a.js', 'left-behind.bin'])
    await workbench.fork('ran', 'copy')
    await workbench.list('copy')
    await workbench.fork('base', 'ran')
    expect(await workbench.list('ran')).toEqual(['a.js'])
    expect(asked).toEqual(['tree base', 'fork base', 'run', 'list ran', 'fork ran', 'list copy', 'fork base'])
  })
})
