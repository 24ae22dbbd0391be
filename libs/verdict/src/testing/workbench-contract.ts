import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Workbench } from '../workbench.ts'

export interface WorkbenchFixture {
  readonly workbench: Workbench
  close(): Promise<void>
}

const bytes = (text: string): Uint8Array => Buffer.from(text)
const text = (content: Uint8Array | undefined): string | undefined => content && Buffer.from(content).toString('utf8')
const limits = { timeoutMs: 20_000, maxOutputBytes: 100_000 }

/** The project that `open` must offer as `base`. */
export const contractProject: ReadonlyMap<string, string> = new Map([
  ['package.json', '{ "name": "contract", "version": "1.0.0" }\n'],
  ['index.js', "module.exports = require('dep')\n"],
  ['src/ä b.js', 'exports.a = 1\n'],
  ['node_modules/dep/package.json', '{ "name": "dep", "version": "2.0.0", "main": "index.js" }\n'],
  ['node_modules/dep/index.js', "module.exports = 'dep'\n"],
])

/** What the gates rely on; every implementation of the port runs it. */
export const workbenchContract = (name: string, open: () => Promise<WorkbenchFixture>): void => {
  describe(`${name} is a workbench`, () => {
    let fixture: WorkbenchFixture
    let bench: Workbench
    beforeAll(async () => {
      fixture = await open()
      bench = fixture.workbench
    }, 60_000)
    afterAll(() => fixture.close())

    it('lists regular files in order, without dependencies', async () => {
      expect(await bench.list('base')).toEqual(['index.js', 'package.json', 'src/ä b.js'])
    })

    it('reads files, those of dependencies too, and knows what is not there', async () => {
      expect(text(await bench.read('base', 'src/ä b.js'))).toBe('exports.a = 1\n')
      expect(text(await bench.read('base', 'node_modules/dep/index.js'))).toBe("module.exports = 'dep'\n")
      expect(await bench.read('base', 'nowhere/at/all.js')).toBeUndefined()
    })

    it('forks a directory with its dependencies; writing there leaves the origin alone', async () => {
      await bench.fork('base', 'copy')
      await bench.write(
        'copy',
        new Map([
          ['index.js', null],
          ['deep/er/new.js', bytes('1')],
          ['src/ä b.js', bytes('2')],
        ]),
      )
      expect(await bench.list('copy')).toEqual(['deep/er/new.js', 'package.json', 'src/ä b.js'])
      expect(await bench.list('base')).toEqual(['index.js', 'package.json', 'src/ä b.js'])
      expect(text(await bench.read('copy', 'node_modules/dep/index.js'))).toBe("module.exports = 'dep'\n")
      await bench.remove('copy')
      await bench.remove('copy')
    })

    it('starts a fork over when the name is taken', async () => {
      await bench.fork('base', 'again')
      await bench.write('again', new Map([['left.js', bytes('1')]]))
      await bench.fork('base', 'again')
      expect(await bench.list('again')).toEqual(await bench.list('base'))
      await bench.remove('again')
    })

    it('runs in the directory, with dependencies, variables and exit codes', async () => {
      await bench.fork('base', 'run')
      const script = "console.log(require('./index.js'), process.env.WORD); console.error('e'); process.exit(3)"
      const result = await bench.run({ dir: 'run', argv: ['node', '-e', script], env: { WORD: 'a b' }, ...limits })
      expect(result).toMatchObject({ exitCode: 3, signal: null, timedOut: false, stdout: 'dep a b\n', stderr: 'e\n' })
      const missing = await bench.run({ dir: 'run', argv: ['no-such-command'], ...limits })
      expect(missing.exitCode).toBe(127)
      await bench.remove('run')
    })

    it('takes words as they are and finds the commands of dependencies', async () => {
      await bench.fork('base', 'words')
      const result = await bench.run({
        dir: 'words',
        argv: ['node', '-p', 'process.argv[1]', '$HOME; echo *'],
        ...limits,
      })
      expect(result.stdout).toBe('$HOME; echo *\n')
      const path = await bench.run({ dir: 'words', argv: ['sh', '-c', 'echo "$PATH"'], ...limits })
      expect(path.stdout.split(':')[0]).toMatch(/node_modules\/\.bin$/)
      await bench.remove('words')
    })

    it('starts grandchildren with a channel between them', async () => {
      await bench.fork('base', 'fork')
      const child = "process.on('message', (m) => { process.send(m + 1); process.disconnect() })"
      const parent =
        "const c = require('child_process').fork('./child.js'); c.on('message', (m) => console.log(m)); c.send(1)"
      await bench.write(
        'fork',
        new Map([
          ['child.js', bytes(child)],
          ['parent.js', bytes(parent)],
        ]),
      )
      expect((await bench.run({ dir: 'fork', argv: ['node', 'parent.js'], ...limits })).stdout).toBe('2\n')
      await bench.remove('fork')
    })

    it('keeps what a command writes', async () => {
      await bench.fork('base', 'keeps')
      const script = "require('fs').mkdirSync('.out'); require('fs').writeFileSync('.out/a.txt', 'x')"
      await bench.run({ dir: 'keeps', argv: ['node', '-e', script], ...limits })
      expect(text(await bench.read('keeps', '.out/a.txt'))).toBe('x')
      expect(await bench.list('keeps')).toContain('.out/a.txt')
      await bench.remove('keeps')
    })

    it('kills the whole tree at the wall-clock limit', async () => {
      await bench.fork('base', 'slow')
      const script =
        "require('child_process').spawn('sleep', ['60'], { stdio: 'inherit' }); console.log('on'); setInterval(() => {}, 1e3)"
      const started = performance.now()
      const result = await bench.run({
        dir: 'slow',
        argv: ['node', '-e', script],
        timeoutMs: 1_500,
        maxOutputBytes: 1_000,
      })
      expect(result).toMatchObject({ timedOut: true, stdout: 'on\n' })
      expect(performance.now() - started).toBeLessThan(10_000)
      await bench.remove('slow')
    }, 20_000)

    it('cuts long output and lets the command end', async () => {
      await bench.fork('base', 'loud')
      const script = "process.stdout.write('x'.repeat(300000), () => { process.exitCode = 7 })"
      const result = await bench.run({
        dir: 'loud',
        argv: ['node', '-e', script],
        timeoutMs: 20_000,
        maxOutputBytes: 1_000,
      })
      expect(result).toMatchObject({ exitCode: 7, outputTruncated: true })
      expect(result.stdout).toHaveLength(1_000)
      await bench.remove('loud')
    })
  })
}
