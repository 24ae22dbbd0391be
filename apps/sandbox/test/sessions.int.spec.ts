import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseTreeName, parseTreePath } from '../src/domain/paths.ts'
import type { BubblewrapRuntime } from '../src/infrastructure/sandbox-runtime.bubblewrap.ts'
import {
  base,
  begin,
  file,
  link,
  makeRoot,
  makeRuntime,
  ownSeconds,
  provision,
  readTree,
  removeRoot,
  run,
  script,
  shell,
  stream,
} from './harness.ts'

const patched = parseTreeName('patched')

describe('the life of a sandbox', () => {
  let root: string
  let runtime: BubblewrapRuntime

  beforeAll(async () => {
    root = await makeRoot()
    runtime = makeRuntime(root)
  })

  afterAll(async () => {
    await runtime.close()
    await removeRoot(root)
  })

  it('keeps names and contents byte for byte, seen from both sides', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    const files = [
      file('bin/ä ö/ß – 日本.bin', bytes),
      file('no-final-newline.txt', 'a'),
      file('crlf bom.txt', '\uFEFFa\r\nb\r\n'),
      file('combining-e\u0301.txt', 'decomposed'),
      file('combining-\u00e9.txt', 'composed'),
      file('-n', 'dash'),
      file('new\nline', ''),
      file('run.sh', '#!/bin/sh\necho ran\n', true),
      link('link', 'run.sh'),
      link('dangling', '../../outside/é'),
    ]
    const id = await provision(runtime, files)
    const tree = await readTree(runtime, id)
    expect(tree.size).toBe(files.length)
    expect(tree.get('bin/ä ö/ß – 日本.bin')!.content.equals(bytes)).toBe(true)
    expect(tree.get('crlf bom.txt')!.content.toString()).toBe('\uFEFFa\r\nb\r\n')
    expect(tree.get('combining-e\u0301.txt')!.content.toString()).toBe('decomposed')
    expect(tree.get('combining-\u00e9.txt')!.content.toString()).toBe('composed')
    expect(tree.get('dangling')).toMatchObject({ kind: 'symlink', content: Buffer.from('../../outside/é') })
    expect(tree.get('run.sh')).toMatchObject({ executable: true })
    expect(await run(runtime, id, ['./run.sh'])).toMatchObject({ stdout: 'ran\n' })
    const sum = await shell(runtime, id, 'sha256sum "bin/ä ö/ß – 日本.bin" < /dev/null | cut -c1-16')
    expect(sum.stdout.trim()).toBe('40aff2e9d2d8922e')
    await runtime.destroy(id)
  })

  it('refuses paths that leave the tree or cannot exist', () => {
    for (const bad of [
      '',
      '/etc/passwd',
      '../x',
      'a/../../x',
      'a//b',
      './a',
      'a/.',
      'x\0y',
      'a'.repeat(300),
      '\ud800',
    ]) {
      expect(() => parseTreePath(bad)).toThrow(expect.objectContaining({ code: 'UPLOAD_REFUSED' }))
    }
    expect(() => parseTreeName('../x')).toThrow(expect.objectContaining({ code: 'UPLOAD_REFUSED' }))
  })

  it('never writes or reads through a link on the host', async () => {
    const outside = mkdtempSync(path.join(os.tmpdir(), 'iama-outside-'))
    writeFileSync(path.join(outside, 'secret'), 'host')
    const id = await provision(runtime, [link('folder', outside), link('name', path.join(outside, 'secret'))])
    const upload = (name: string) => runtime.upload(id, base, stream([file(name, 'sandbox')]))
    await expect(upload('folder/secret')).rejects.toMatchObject({ code: 'UPLOAD_REFUSED' })
    await upload('name') // replaces the link itself
    expect(readFileSync(path.join(outside, 'secret'), 'utf8')).toBe('host')
    const read: string[] = []
    for await (const entry of runtime.download(id, base, [parseTreePath('folder/secret')])) read.push(entry.path)
    expect(read).toEqual([])
    await runtime.removePaths(id, base, [parseTreePath('folder/secret')])
    await runtime.destroy(id)
    expect(readdirSync(outside)).toEqual(['secret'])
    rmSync(outside, { recursive: true })
  })

  it('holds out against a folder that turns into a link while it is being written to', async () => {
    const outside = mkdtempSync(path.join(os.tmpdir(), 'iama-outside-'))
    const id = await provision(runtime, [file('d/x', '')])
    const flip = `while :; do mv -T d e; ln -s ${outside} d; rm -rf d; mv -T e d; done 2>/dev/null`
    const abort = new AbortController()
    const flipping = (async () => {
      for await (const _ of runtime.exec(id, { tree: base, argv: ['sh', '-c', flip] }, abort.signal));
    })()
    for (let i = 0; i < 100; i++) {
      await runtime.upload(id, base, stream([file(`d/f${i}`, 'x')])).catch((error: { code?: string }) => {
        if (error.code !== 'UPLOAD_REFUSED' && error.code !== 'ENOENT') throw error
      })
    }
    abort.abort()
    await flipping
    expect(readdirSync(outside)).toEqual([])
    rmSync(outside, { recursive: true })
    await runtime.destroy(id)
  })

  it('copies a tree, and the copies do not touch each other', async () => {
    const id = await provision(runtime, [file('a.txt', '1'), file('bin/x', '#!/bin/sh\n', true), link('l', 'a.txt')])
    await shell(runtime, id, 'mkdir empty; mkfifo pipe')
    await runtime.copyTree(id, base, patched)
    await shell(runtime, id, 'echo 2 > a.txt; rm -r bin; ls -a /w', { tree: patched })
    expect((await readTree(runtime, id)).get('a.txt')!.content.toString()).toBe('1')
    expect([...(await readTree(runtime, id, patched)).keys()]).toEqual(['a.txt', 'l'])
    expect(
      await shell(runtime, id, 'cat /w/base/a.txt; touch /w/base/y', { tree: patched, readTrees: [base] }),
    ).toMatchObject({
      stdout: '1',
      stderr: expect.stringMatching(/Read-only/),
    })
    await runtime.removeTree(id, patched)
    await expect(run(runtime, id, ['true'], { tree: patched })).rejects.toMatchObject({ code: 'UPLOAD_REFUSED' })
    await runtime.destroy(id)
  })

  it('destroys everything, says what, and says the same again', async () => {
    const id = await provision(runtime, [file('a', 'xyz'), file('d/b', 'xy'), link('l', 'a')])
    await shell(runtime, id, 'mkdir closed; echo 1234 > closed/f; chmod 0 closed; chmod 0 a')
    const running = await begin(runtime, id, `exec sleep ${ownSeconds()}`)
    const evidence = await runtime.destroy(id)
    expect(await running.ended).toMatchObject({ stoppedBy: 'CANCELLED' })
    expect(evidence).toMatchObject({ reason: 'destroyed', files: 3, directories: 3, symlinks: 1, bytes: 10 })
    expect(evidence.processesKilled).toBe(1)
    expect(evidence.verification).toHaveLength(3)
    expect(existsSync(path.join(root, 'sessions', id))).toBe(false)
    expect(await runtime.destroy(id)).toEqual(evidence)
    await expect(run(runtime, id, ['true'])).rejects.toMatchObject({ code: 'SANDBOX_LOST' })
    await expect(runtime.destroy('0192f000-0000-7000-8000-00000000bbbb')).rejects.toMatchObject({
      code: 'SANDBOX_LOST',
    })
  })

  it('starts nothing any more that had been let in when it began to be destroyed', async () => {
    const id = await provision(runtime, [file('a', 'xyz')])
    // a long way from the look at the session to the start of the command
    const late = run(runtime, id, ['sleep', ownSeconds()], { readTrees: Array<typeof base>(2_000).fill(base) })
    for (let turn = 0; turn < 200; turn++) await Promise.resolve()
    const [destroyed, refused] = await Promise.allSettled([runtime.destroy(id), late])
    expect(destroyed).toMatchObject({ status: 'fulfilled', value: { processesKilled: 0, files: 1 } })
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'SANDBOX_LOST' } })
  })

  it('destroys what stands deeper than a path can be long', async () => {
    const id = await provision(runtime, [file('a', 'xyz')])
    const dig =
      'const fs = require("fs"); const name = "d".repeat(250);' +
      'for (let level = 0; level < 60; level++) { fs.mkdirSync(name); process.chdir(name) }' +
      'fs.writeFileSync("f", "1234"); fs.mkdirSync("closed"); fs.chmodSync("closed", 0)'
    expect(await script(runtime, id, dig)).toMatchObject({ exitCode: 0 })
    const evidence = await runtime.destroy(id)
    expect(evidence).toMatchObject({ files: 2, directories: 62, bytes: 7 })
    expect(evidence.verification).toHaveLength(3)
    expect(existsSync(path.join(root, 'sessions', id))).toBe(false)
  })

  it('wipes what a killed service left behind, and its processes die with it', async () => {
    const program = path.join(import.meta.dirname, 'fixtures/crashing-service.ts')
    const seconds = ownSeconds()
    const service = spawn(process.execPath, [program, root, seconds], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(service.stdout, 'data')) as [Buffer]
    const id = line.toString().trim()
    const swept = async () => (await runtime.sweep()).filter((evidence) => evidence.sandboxId === id)
    expect(await swept()).toEqual([]) // its owner lives
    service.kill('SIGKILL')
    await once(service, 'exit')
    const [evidence, ...others] = await swept()
    expect(others).toEqual([])
    expect(evidence).toMatchObject({ sandboxId: id, reason: 'leftover', files: 1, bytes: 4 })
    expect(await runtime.destroy(id)).toEqual(evidence) // kept until it is recorded
    await runtime.forgetEvidence(id)
    expect(await swept()).toEqual([])
    expect(existsSync(path.join(root, 'sessions', id))).toBe(false)
    const alive = readdirSync('/proc').filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(seconds)
      } catch {
        return false
      }
    })
    expect(alive).toEqual([])
  })

  it('says what is missing and how to mend it, and then runs nothing', async () => {
    const without = makeRuntime(root, { searchPath: '/nonexistent' })
    expect(await without.probe()).toMatchObject({
      available: false,
      fix: expect.stringContaining('apt-get install bubblewrap'),
    })
    await expect(provision(without)).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' })
    await expect(without.sweep()).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' })

    const refusing = mkdtempSync(path.join(os.tmpdir(), 'iama-refusing-'))
    writeFileSync(
      path.join(refusing, 'bwrap'),
      '#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 0 && exit\necho "bwrap: setting up uid map: Permission denied" >&2\nexit 1\n',
      { mode: 0o755 },
    )
    chmodSync(refusing, 0o755)
    symlinkSync((await findNpmCli()) ?? '', path.join(refusing, 'npm'))
    const refused = makeRuntime(root, { searchPath: refusing })
    expect(await refused.probe()).toMatchObject({
      available: false,
      reason: expect.stringContaining('Permission denied'),
      fix: expect.stringContaining('user namespaces'),
    })
    rmSync(refusing, { recursive: true })
  })

  it('takes no more sessions than it may', async () => {
    const small = makeRuntime(root, { maxSessions: 1 })
    await provision(small)
    await expect(provision(small)).rejects.toMatchObject({ code: 'SANDBOXES_EXHAUSTED' })
    await small.close()
  })
})

const findNpmCli = async (): Promise<string | undefined> => {
  const { findProgram } = await import('../src/infrastructure/bubblewrap/toolchain.ts')
  return await findProgram('npm', process.env['PATH'] ?? '')
}
