import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { PROJECT } from '../src/infrastructure/bubblewrap/arguments.ts'
import {
  ABSENT,
  FORBIDDEN,
  INSPECTED,
  numberOf,
  type Architecture,
} from '../src/infrastructure/bubblewrap/seccomp-tables.ts'
import type { BubblewrapRuntime } from '../src/infrastructure/sandbox-runtime.bubblewrap.ts'
import { file, link, makeRoot, makeRuntime, provision, removeRoot, run, script, shell } from './harness.ts'

describe('what code in a sandbox can reach', () => {
  let root: string
  let runtime: BubblewrapRuntime
  let sandbox: string

  beforeAll(async () => {
    root = await makeRoot()
    runtime = makeRuntime(root)
    expect(await runtime.probe()).toMatchObject({ available: true })
    sandbox = await provision(runtime, [file('index.js', 'module.exports = 1\n')])
  })

  afterAll(async () => {
    await runtime.close()
    await removeRoot(root)
  })

  it('runs node and npm of the host in the project folder', async () => {
    const node = await script(runtime, sandbox, 'console.log(process.version, process.cwd(), require("./index.js"))')
    expect(node).toMatchObject({ exitCode: 0, stdout: `${process.version} ${PROJECT} 1\n` })
    expect(await run(runtime, sandbox, ['npm', '--version'])).toMatchObject({ exitCode: 0 })
  })

  it('cannot read files of the host outside /usr', async () => {
    const secret = path.join(os.tmpdir(), `iama-secret-${process.pid}`)
    await writeFile(secret, 'hidden')
    try {
      const places = [
        secret,
        '/etc/shadow',
        '/etc/hostname',
        '/root',
        '/home',
        '/var',
        '/sys',
        '/proc/1/root/var',
        root,
      ]
      const code = `for (const place of ${JSON.stringify(places)}) {
        try { console.log(place, require('fs').readdirSync(place).join()) } catch (error) {
          try { require('fs').readFileSync(place); console.log(place, 'read') } catch (e) { console.log(place, e.code) }
        }
      }`
      const { stdout } = await script(runtime, sandbox, code)
      const seen = stdout
        .trim()
        .split('\n')
        .filter((line) => !/ (ENOENT|EACCES)$/.test(line))
      expect(seen).toEqual(['/home u'])
    } finally {
      await rm(secret)
    }
  })

  it('sees none of the processes of the host', async () => {
    const { stdout } = await shell(runtime, sandbox, 'cat /proc/[0-9]*/comm')
    expect(stdout.trim().split('\n').sort()).toEqual(['bwrap', 'cat', 'sh'].filter((name) => stdout.includes(name)))
  })

  it('reaches no port of the host, no neighbour and no name server', async () => {
    const server = http.createServer((_request, response) => response.end('reached'))
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
    const { port } = server.address() as AddressInfo
    const outside = Object.values(os.networkInterfaces())
      .flatMap((list) => list ?? [])
      .find((i) => !i.internal)
    const hosts = ['127.0.0.1', ...(outside ? [outside.address] : []), '169.254.169.254', 'localhost', 'example.com']
    try {
      const code = `(async () => { for (const host of ${JSON.stringify(hosts)}) {
        const answer = await fetch('http://' + host + ':${port}', { signal: AbortSignal.timeout(2000) })
          .then((r) => r.text(), (e) => 'refused ' + (e.cause?.code ?? e.name))
        console.log(answer)
      } })()`
      const { stdout } = await script(runtime, sandbox, code)
      const answers = stdout.trim().split('\n')
      expect(answers).toHaveLength(hosts.length)
      expect(
        answers.filter((answer) => !/^refused (ECONNREFUSED|ENETUNREACH|EAI_AGAIN|ENOTFOUND)$/.test(answer)),
      ).toEqual([])
    } finally {
      server.close()
    }
  })

  it('has a loopback of its own, for tests that start a server', async () => {
    const code = `const s = require('http').createServer((q, r) => r.end('own')).listen(0, '127.0.0.1', async () => {
      console.log(await (await fetch('http://localhost:' + s.address().port)).text()); s.close() })`
    expect(await script(runtime, sandbox, code)).toMatchObject({ exitCode: 0, stdout: 'own\n' })
  })

  it('writes in its tree and in scratch folders only', async () => {
    const places = ['/x', '/w/x', '/usr/x', '/etc/x', '/dev/x', '/opt/x', '/home/x', '/proc/x', '/run/x']
    const { stdout } = await shell(runtime, sandbox, `for p in ${places.join(' ')}; do touch $p 2>&1; done; exit 0`)
    expect(stdout.trim().split('\n')).toHaveLength(places.length)
    const allowed = [`${PROJECT}/x`, '/tmp/x', '/home/u/x', '/dev/shm/x']
    expect(await shell(runtime, sandbox, `touch ${allowed.join(' ')}`)).toMatchObject({ exitCode: 0, stderr: '' })
    const later = await shell(runtime, sandbox, `ls ${allowed.join(' ')} 2>/dev/null`)
    expect(later.stdout).toBe(`${PROJECT}/x\n`)
  })

  it('inherits nothing of the environment and no open file', async () => {
    const { stdout } = await script(runtime, sandbox, 'console.log(JSON.stringify(process.env))', { env: { A: 'b c' } })
    expect(Object.keys(JSON.parse(stdout) as object).sort()).toEqual(
      ['A', 'HOME', 'LANG', 'PATH', 'PWD', 'TMPDIR', 'TZ', 'USER'].concat(
        ['audit', 'cache', 'fund', 'update_notifier'].map((name) => `npm_config_${name}`),
      ),
    )
    const { stdout: listing } = await shell(runtime, sandbox, 'exec ls -l /proc/self/fd')
    const descriptors = listing.split('\n').flatMap((line) => / (\d+) -> (.*)$/.exec(line)?.slice(1, 3).join(' ') ?? [])
    const strange = descriptors.filter((line) => !/^([012] |3 \/proc\/|\d+ \/dev\/null$)/.test(line))
    expect(descriptors.length).toBeGreaterThan(3)
    expect(strange).toEqual([])
  })

  it('is refused tracing, mounting, namespaces, raw sockets and handles past its mounts', async () => {
    const attempts = {
      mount: 'mount -t tmpfs none /tmp',
      userns: 'unshare -U true',
      netns: 'unshare -n true',
      chroot: 'chroot /tmp true',
      nsenter: 'nsenter -t 1 -m true',
      hostname: 'hostname x',
      dmesg: 'dmesg',
    }
    for (const [name, attempt] of Object.entries(attempts)) {
      const ran = await shell(runtime, sandbox, attempt)
      expect([name, ran.exitCode !== 0]).toEqual([name, true])
    }
    const status = await shell(runtime, sandbox, 'grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status')
    expect(status.stdout.replace(/\t/g, ' ')).toBe(
      'CapEff: 0000000000000000\nCapBnd: 0000000000000000\nNoNewPrivs: 1\nSeccomp: 2\n',
    )
  })

  it('answers forbidden calls with the errors of the filter', async () => {
    const on = (numbers: readonly [number | null, number | null]) => numberOf(numbers, process.arch as Architecture)
    const newNamespace = 0x20000 + 17 // CLONE_NEWNS | SIGCHLD
    const netlink = 16
    const calls: Record<string, readonly (number | null)[]> = {
      ptrace: [on(FORBIDDEN['ptrace']!), 0, 0, 0, 0],
      unshare: [on(FORBIDDEN['unshare']!), 0x10000000],
      mount: [on(FORBIDDEN['mount']!), 0, 0, 0, 0, 0],
      bpf: [on(FORBIDDEN['bpf']!), 0, 0, 0],
      keyctl: [on(FORBIDDEN['keyctl']!), 0, 0],
      clone: [on(INSPECTED.clone), newNamespace, 0, 0, 0, 0],
      clone3: [on(ABSENT['clone3']!), 0, 0],
      io_uring: [on(ABSENT['io_uring_setup']!), 1, 0],
      tiocsti: [on(INSPECTED.ioctl), 0, 0x5412, 0],
      vsock: [on(INSPECTED.socket), 40, 1, 0],
      packet: [on(INSPECTED.socket), 17, 3, 0],
      netfilter: [on(INSPECTED.socket), netlink, 3, 12],
      route: [on(INSPECTED.socket), netlink, 3, 0],
      unix: [on(INSPECTED.socket), 1, 1, 0],
      inet: [on(INSPECTED.socket), 2, 1, 0],
    }
    const lines = Object.entries(calls).map(
      ([name, args]) => `$! = 0; my $r = syscall(${args.join(', ')}); print "${name} ", ($r < 0 ? $! + 0 : 0), "\\n";`,
    )
    const { stdout } = await run(runtime, sandbox, ['perl', '-e', lines.map((line) => `{ ${line} }`).join('\n')])
    const [EPERM, ENOSYS, EAFNOSUPPORT] = [1, 38, 97]
    expect(
      Object.fromEntries(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.split(' ')),
      ),
    ).toEqual(
      Object.fromEntries(
        Object.entries({
          ...{ ptrace: EPERM, unshare: EPERM, mount: EPERM, bpf: EPERM, keyctl: EPERM, clone: EPERM, tiocsti: EPERM },
          ...{ clone3: ENOSYS, io_uring: ENOSYS, vsock: EAFNOSUPPORT, packet: EAFNOSUPPORT, netfilter: EAFNOSUPPORT },
          ...{ route: 0, unix: 0, inet: 0 },
        }).map(([name, code]) => [name, String(code)]),
      ),
    )
  })

  it('gives the first process of the namespace no more than the command has', async () => {
    const ran = await shell(runtime, sandbox, 'cat /proc/1/status /proc/1/limits', { limits: { fileBytes: 1_000_000 } })
    const told = ran.stdout.replace(/[ \t]+/g, ' ')
    for (const line of ['CapEff: 0000000000000000', 'CapBnd: 0000000000000000', 'NoNewPrivs: 1', 'Seccomp: 2']) {
      expect(told).toContain(`${line}\n`)
    }
    expect(told).toContain('Max file size 1000000 1000000 bytes')
    expect(told).toContain('Max open files 4096 4096 files')
  })

  it('cannot use links that point out of its tree', async () => {
    const other = await provision(runtime, [link('out', '/etc/shadow'), link('up', '../../../../../../etc/shadow')])
    const ran = await shell(runtime, other, 'cat out; cat up; readlink out; readlink up')
    expect(ran.stdout).toBe('/etc/shadow\n../../../../../../etc/shadow\n')
    expect(ran.stderr).toMatch(/No such file/)
  })

  it('cannot see another sandbox', async () => {
    const other = await provision(runtime, [file('mine.txt', 'secret')])
    const { stdout } = await shell(runtime, sandbox, 'ls /w; find / -name mine.txt -not -path "/usr/*" 2>/dev/null')
    expect(stdout).toBe('project\n')
    expect((await shell(runtime, other, 'cat mine.txt')).stdout).toBe('secret')
  })

  it('finds whatever it asks by name only, never through a shell of ours', async () => {
    const ran = await script(runtime, sandbox, 'console.log(process.argv.slice(1).join("|"))', {})
    expect(ran.exitCode).toBe(0)
    const argv = ['node', '-e', 'console.log(process.argv.slice(1).join("|"))', '--', '$(id)', '; id', '`id`', 'a b']
    expect((await run(runtime, sandbox, argv)).stdout).toBe('$(id)|; id|`id`|a b\n')
    await expect(run(runtime, sandbox, ['LD_PRELOAD=./x.so', 'id'])).rejects.toMatchObject({ code: 'UPLOAD_REFUSED' })
  })
})
