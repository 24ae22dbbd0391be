import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import type { BubblewrapRuntime } from '../src/infrastructure/sandbox-runtime.bubblewrap.ts'
import {
  base,
  begin,
  file,
  makeRoot,
  makeRuntime,
  ownSeconds,
  provision,
  removeRoot,
  run,
  script,
  shell,
  stream,
} from './harness.ts'

const MIB = 1024 * 1024

/** The same promises, kept once by the kernel's control groups and once by the supervisor alone. */
describe.each(['auto', 'none'])('the limits of a command, control groups: %s', (cgroup) => {
  let root: string
  let runtime: BubblewrapRuntime
  let sandbox: string

  beforeAll(async () => {
    root = await makeRoot()
    runtime = makeRuntime(root, { cgroup })
    sandbox = await provision(runtime, [], { memoryBytes: 400 * MIB, scratchBytes: 64 * MIB, diskBytes: 200 * MIB })
  })

  afterAll(async () => {
    await runtime.close()
    await removeRoot(root)
  })

  it('kills what runs too long, with all that it started', async () => {
    const seconds = ownSeconds()
    const hang = `trap '' TERM INT HUP; setsid sh -c 'trap "" TERM; sleep ${seconds}' & sleep ${seconds}`
    const ran = await shell(runtime, sandbox, hang, { limits: { wallClockMs: 500 } })
    expect(ran).toMatchObject({ exitCode: null, stoppedBy: 'WALL_CLOCK' })
    expect(ran.durationMs).toBeLessThan(5_000)
    expect(hostProcesses(`sleep\x00${seconds}`)).toEqual([])
  })

  it('ends what a command leaves running in the background', async () => {
    const seconds = ownSeconds()
    const ran = await shell(runtime, sandbox, `setsid sleep ${seconds} >/dev/null 2>&1 & echo done`)
    expect(ran).toMatchObject({ exitCode: 0, stoppedBy: null, stdout: 'done\n' })
    expect(hostProcesses(`sleep\x00${seconds}`)).toEqual([])
  })

  it('bounds a fork bomb', async () => {
    const bomb =
      'const { spawn } = require("child_process"); let n = 0, e = 0;' +
      'for (let i = 0; i < 300; i++) { const c = spawn("sleep", ["5"]); c.on("error", () => e++); c.pid && n++ }' +
      'setTimeout(() => { console.log(n, e); process.exit() }, 200)'
    const ran = await script(runtime, sandbox, bomb, { limits: { processes: 64 } })
    const [started, refused] = ran.stdout.trim().split(' ').map(Number)
    expect(ran.exitCode).toBe(0)
    expect(started).toBeLessThan(64)
    expect(refused).toBeGreaterThan(200)
    const shellBomb = await shell(runtime, sandbox, ':(){ :|:& };:; sleep 9', {
      limits: { processes: 64, wallClockMs: 1_500 },
    })
    expect(shellBomb.durationMs).toBeLessThan(15_000)
  })

  it('kills a hog of memory, whether it is mapped, shared or in files of memory', async () => {
    const heap = 'const a = []; for (;;) a.push(Buffer.alloc(8 << 20, 1))'
    expect(await script(runtime, sandbox, heap)).toMatchObject({ exitCode: null, stoppedBy: 'MEMORY' })
    const shared =
      'const a = []; for (;;) { const s = new SharedArrayBuffer(8 << 20); new Uint8Array(s).fill(1); a.push(s) }'
    expect(await script(runtime, sandbox, shared)).toMatchObject({ exitCode: null, stoppedBy: 'MEMORY' })
    const many =
      'for i in 1 2 3 4; do node -e "global.a = Buffer.alloc(120 << 20, 1); setTimeout(() => {}, 9000)" & done; wait'
    expect(await shell(runtime, sandbox, many)).toMatchObject({ exitCode: null, stoppedBy: 'MEMORY' })
  })

  it('leaves a command within its limits alone', async () => {
    const ran = await script(
      runtime,
      sandbox,
      'global.a = Buffer.alloc(100 << 20, 1); setTimeout(() => console.log(1), 500)',
    )
    expect(ran).toMatchObject({ exitCode: 0, stoppedBy: null, stdout: '1\n' })
  })

  it('does not let /dev, /tmp, home or shared memory fill up', async () => {
    const fill =
      'for f in /dev/f /tmp/f /home/u/f /dev/shm/f; do dd if=/dev/zero of=$f bs=1M count=100 2>&1 | grep -c "Read-only\\|No space"; done'
    expect((await shell(runtime, sandbox, fill)).stdout).toBe('1\n1\n1\n1\n')
  })

  it('stops what fills the disk by large files', async () => {
    const large = 'i=0; while true; do dd if=/dev/zero of=f$i bs=1M count=50 2>/dev/null; i=$((i+1)); done'
    const first = await provision(runtime, [], { diskBytes: 200 * MIB })
    expect(await shell(runtime, first, large)).toMatchObject({ exitCode: null, stoppedBy: 'DISK' })
    await runtime.destroy(first)
  })

  it('stops what fills the disk by many files', async () => {
    const many =
      'const fs = require("fs"); fs.rmSync("d", { recursive: true, force: true }); fs.mkdirSync("d"); for (let i = 0; ; i++) fs.writeFileSync("d/" + i, "")'
    const other = await provision(runtime, [], { diskEntries: 2_000 })
    expect(await script(runtime, other, many)).toMatchObject({ exitCode: null, stoppedBy: 'DISK' })
    await runtime.destroy(other)
  })

  it('stops what fills the disk by files without a name', async () => {
    const third = await provision(runtime, [], { diskBytes: 100 * MIB })
    const nameless =
      'const fs = require("fs"); const b = Buffer.alloc(16 << 20, 1); for (let i = 0; ; i++) { const f = fs.openSync("x" + i, "w"); fs.unlinkSync("x" + i); fs.writeSync(f, b) }'
    expect(await script(runtime, third, nameless)).toMatchObject({ exitCode: null, stoppedBy: 'DISK' })
    await runtime.destroy(third)
  })

  it('bounds a single file', async () => {
    const ran = await shell(runtime, sandbox, 'rm -f f*; head -c 3000000 /dev/zero > big; ls -l big | cut -d" " -f5', {
      limits: { fileBytes: 1_000_000 },
    })
    expect(ran.stdout).toBe('1000000\n')
  })

  it('cuts a flood of output and kills its source', async () => {
    const ran = await shell(runtime, sandbox, 'yes', { limits: { outputBytes: 100_000 } })
    expect(ran).toMatchObject({ exitCode: null, stoppedBy: 'OUTPUT', outputBytes: 100_000 })
    expect(ran.stdout).toHaveLength(100_000)
  })

  it('ends what burns too much processor time', async () => {
    const ran = await shell(runtime, sandbox, 'exec node -e "for (;;);"', { limits: { cpuSeconds: 1 } })
    expect(ran).toMatchObject({ exitCode: null, stoppedBy: 'CPU' })
  })

  it('kills at once when the caller cancels or stops reading', async () => {
    const seconds = ownSeconds()
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 200)
    let last: unknown
    for await (const event of runtime.exec(sandbox, { tree: base, argv: ['sleep', seconds] }, abort.signal))
      last = event
    expect(last).toMatchObject({ type: 'exit', outcome: { stoppedBy: 'CANCELLED', exitCode: null } })
    const left = { tree: base, argv: ['sh', '-c', `echo a; sleep ${seconds}`] }
    for await (const _event of runtime.exec(sandbox, left)) break
    expect(hostProcesses(`sleep\x00${seconds}`)).toEqual([])
  })

  it('kills whenever the caller cancels, also while the command is being started', async () => {
    const seconds = ownSeconds()
    const spec = { tree: base, argv: ['sleep', seconds] }
    const cancelled = async (afterMs: number): Promise<unknown> => {
      const abort = new AbortController()
      setTimeout(() => abort.abort(), afterMs)
      let last: unknown
      for await (const event of runtime.exec(sandbox, spec, abort.signal)) last = event
      return last
    }
    for (let afterMs = 0; afterMs < 40; afterMs++)
      expect(await cancelled(afterMs)).toMatchObject({ outcome: { stoppedBy: 'CANCELLED', exitCode: null } })
    expect(hostProcesses(`sleep\x00${seconds}`)).toEqual([])
  })

  it('runs as many commands at once as allowed, and refuses one more', async () => {
    const narrow = makeRuntime(root, { cgroup, maxCommandsPerSession: 1 })
    const id = await provision(narrow)
    const first = await begin(narrow, id, 'until [ -e over ]; do sleep 0.02; done')
    await expect(run(narrow, id, ['true'])).rejects.toMatchObject({ code: 'SANDBOX_BUSY' })
    await narrow.upload(id, base, stream([file('over', '')]))
    expect(await first.ended).toMatchObject({ exitCode: 0 })
    await narrow.close()
  })

  it('runs no more than that of those that come at the same moment', async () => {
    const narrow = makeRuntime(root, { cgroup, maxCommandsPerSession: 1 })
    const id = await provision(narrow)
    const all = await Promise.allSettled([1, 2, 3].map(() => run(narrow, id, ['true'])))
    const busy = { status: 'rejected', reason: { code: 'SANDBOX_BUSY' } }
    expect(all).toMatchObject([{ status: 'fulfilled', value: { exitCode: 0 } }, busy, busy])
    await narrow.close()
  })

  it('refuses an upload beyond the limits before it is written', async () => {
    const id = await provision(runtime, [], { fileBytes: 1_000, diskBytes: 5_000, diskEntries: 8 })
    const upload = (...files: ReturnType<typeof file>[]) => runtime.upload(id, base, stream(files))
    await expect(upload(file('big', 'x'.repeat(1_001)))).rejects.toMatchObject({ code: 'UPLOAD_REFUSED' })
    const six = Array.from({ length: 6 }, (_, i) => file(`f${i}`, 'x'.repeat(900)))
    await expect(upload(...six)).rejects.toMatchObject({ metadata: { path: 'f5' } })
    const many = Array.from({ length: 20 }, (_, i) => file(`n${i}`, ''))
    await expect(upload(...many)).rejects.toMatchObject({ code: 'UPLOAD_REFUSED' })
  })
})

/** Command lines on the host that hold a text. */
const hostProcesses = (text: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      } catch {
        return '' // it has ended
      }
    })
    .filter((line) => line.includes(text))
