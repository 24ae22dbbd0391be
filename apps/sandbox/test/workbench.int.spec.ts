import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { BubblewrapRuntime } from '../src/infrastructure/sandbox-runtime.bubblewrap.ts'
import { BubblewrapWorkbench } from '../src/infrastructure/workbench.bubblewrap.ts'
import { base, file, link, makeRoot, makeRuntime, provision, removeRoot } from './harness.ts'

const limits = { timeoutMs: 5_000, maxOutputBytes: 10_000 }
const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString()

describe('the workbench of a sandbox', () => {
  let root: string
  let runtime: BubblewrapRuntime
  let workbench: BubblewrapWorkbench

  beforeAll(async () => {
    root = await makeRoot()
    runtime = makeRuntime(root)
    const files = [
      file('package.json', '{"name":"p","dependencies":{"ms":"2.1.3"}}'),
      file('lib/b.js', 'b'),
      file('a.js', 'a'),
      file('tool', '#!/bin/sh\necho tool\n', true),
      link('l', 'a.js'),
    ]
    const id = await provision(runtime, files)
    await runtime.installDependencies(id, base)
    workbench = new BubblewrapWorkbench(runtime, id)
  })

  afterAll(async () => {
    await runtime.close()
    await removeRoot(root)
  })

  it('forks a directory with its dependencies, apart from the original', async () => {
    await workbench.fork('base', 'patched')
    await workbench.write(
      'patched',
      new Map([
        ['a.js', Buffer.from('changed')],
        ['lib/b.js', null],
        ['new/ü.js', Buffer.from('x')],
      ]),
    )
    expect(await workbench.list('patched')).toEqual(['a.js', 'new/ü.js', 'package.json', 'tool'])
    expect(await workbench.list('base')).toEqual(['a.js', 'lib/b.js', 'package.json', 'tool'])
    expect(text(await workbench.read('base', 'a.js'))).toBe('a')
    expect(text(await workbench.read('patched', 'a.js'))).toBe('changed')
    const argv = ['node', '-p', 'require("ms")("1s") + " " + process.cwd()']
    const [old, fresh] = await Promise.all(['base', 'patched'].map((dir) => workbench.run({ dir, argv, ...limits })))
    expect(fresh!.stdout).toBe(old!.stdout)
    await workbench.remove('patched')
    await workbench.remove('patched')
  })

  it('reads what is there, dependencies included, and nothing else', async () => {
    expect(text(await workbench.read('base', 'node_modules/ms/package.json'))).toContain('"2.1.3"')
    for (const missing of ['nothing', 'lib', 'a.js/b', 'l', 'node_modules/none/x']) {
      expect(await workbench.read('base', missing)).toBeUndefined()
    }
    await expect(workbench.read('base', '../secret')).rejects.toMatchObject({ code: 'UPLOAD_REFUSED' })
  })

  it('keeps the executable bit of what it writes again', async () => {
    await workbench.fork('base', 'again')
    await workbench.write('again', new Map([['tool', Buffer.from('#!/bin/sh\necho again\n')]]))
    expect((await workbench.run({ dir: 'again', argv: ['./tool'], ...limits })).stdout).toBe('again\n')
    await workbench.remove('again')
  })

  it('reports exit codes, signals, time and output limits, and refused connections', async () => {
    const run = (script: string, more = {}) =>
      workbench.run({ dir: 'base', argv: ['sh', '-c', script], ...limits, ...more })
    expect(await run('echo out; echo err >&2; exit 3')).toMatchObject({
      exitCode: 3,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
    })
    expect(await run('kill -SEGV $$')).toMatchObject({ exitCode: null, signal: 'SIGSEGV' })
    expect(await run('sleep 9', { timeoutMs: 200 })).toMatchObject({
      exitCode: null,
      signal: 'SIGKILL',
      timedOut: true,
    })
    const cut = await run('yes | head -c 100000; echo end >&2', { maxOutputBytes: 1_000 })
    expect(cut).toMatchObject({ exitCode: 0, outputTruncated: true, stderr: 'end\n' })
    expect(cut.stdout).toHaveLength(1_000)
    const network = await workbench.run({
      dir: 'base',
      argv: ['node', '-e', 'fetch("http://192.0.2.1").catch((e) => { console.error(e.cause); process.exit(1) })'],
      ...limits,
    })
    expect(network).toMatchObject({ exitCode: 1, refusedNetwork: true })
    expect(await run('true')).toMatchObject({ refusedNetwork: false })
    expect(await workbench.run({ dir: 'base', argv: ['no-such-program'], ...limits })).toMatchObject({ exitCode: 127 })
  })

  it('stops when it is told to', async () => {
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 100)
    const running = workbench.run({ dir: 'base', argv: ['sleep', '20'], ...limits, signal: abort.signal })
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
  })
})
