import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createPublicKey, verify } from 'node:crypto'
import { canonicalJson, formatPatch, treeHash, type Patch } from '@iama/patch'
import type { VerdictEnvelope } from '@iama/verdict/envelope'
import { becoming, files, harmful, harmless, patchOf, source } from './sample-package.ts'
import { finish, startSandbox, submit, type Files, type Ref, type SandboxUnderTest } from './sandbox-service.ts'

let service: SandboxUnderTest

beforeAll(async () => {
  service = await startSandbox({
    SANDBOX_SECONDS: '8',
    SANDBOX_DISK_MEGABYTES: '256',
    SANDBOX_MEMORY_MEGABYTES: '512',
  })
})

afterAll(async () => await service.stop(), 30_000)

const json = async (session: Ref, address: string): Promise<unknown> =>
  JSON.parse(Buffer.from(await service.artifacts.get(session.tenantId, address)).toString())

const prepare = async (of: Files) => {
  const session = await submit(service, of)
  await finish(service.sandbox.installDependencies({ session }))
  return session
}

/** Everything up to the gates, and a patch in place. */
const readyToVerify = async (patch: Patch) => {
  const session = await prepare(files)
  const characterized = await finish(service.sandbox.characterize({ session, files: ['index.js'] }))
  const { sessionsArtifact } = characterized.done
  const ran = await finish(service.sandbox.runTests({ session, sessionsArtifact }))
  const patchArtifact = await service.artifacts.put(session, Buffer.from(formatPatch(patch)))
  const applied = await service.sandbox.applyPatch({ session, patchArtifact })
  const request = { session, patchArtifact, sessionsArtifact, baselineArtifact: ran.done.baselineArtifact }
  return { session, characterized, ran, applied, request: { ...request, scope: ['index.js'], findGreenSubset: true } }
}

describe('the steps of a job in the sandbox', () => {
  it('analyses the code and runs its tests once', async () => {
    const session = await prepare(files)
    const { done, told } = await finish(service.sandbox.analyze({ session }))
    expect(done.analysis).toMatchObject({ files: 1, functions: 2, tests: 3, syntaxProblems: [] })
    expect(done.analysis!.floor).toMatch(/^ES5/)
    expect(done.baseline).toMatchObject({ passed: 3, failed: 0, failures: [] })
    expect(await json(session, done.analysisArtifact)).toMatchObject({ version: 1, baseline: { status: 'green' } })
    expect(told[0]).toMatch(/^analyze started/)
    expect(told.some((line) => /^leaf:.* done: pass: 3 tests passed, 0 failed$/.test(line))).toBe(true)
  })

  it('pins behaviour, checks the base, and finds a harmless patch green, with a signed verdict', async () => {
    const { session, characterized, ran, applied, request } = await readyToVerify(patchOf(harmless))
    expect(characterized.done.tests!.sessions).toBeGreaterThan(0)
    const written = (await json(session, characterized.done.testsArtifact)) as Record<string, string>
    expect(Object.values(written).join()).toContain('repeat(')
    expect(ran.done.baseline!.failed).toBe(0)
    expect(ran.done.baseline!.passed).toBe(3 + characterized.done.tests!.sessions)
    expect(applied.files).toEqual(['index.js'])

    const { done, told } = await finish(service.sandbox.verify(request))
    expect(done.attempt).toMatchObject({ green: true, edits: 1, fingerprint: '', failures: [], dropped: [] })
    expect(done.attempt!.gates.map(({ gate }) => gate)).toEqual([
      'baseline',
      'characterization',
      'strength',
      'equivalence',
      'integrity',
      'surface',
      'scope',
    ])
    expect(told.filter((line) => / (pass|warn|not-applicable)$/.test(line))).toHaveLength(7)
    const patched = new Map(
      Object.entries({ ...files, 'index.js': source.replace('out = out + text;', 'out += text;') }).map(
        ([name, text]) => [name, { content: Buffer.from(text), executable: false }],
      ),
    )
    expect(done.treeHash).toBe(treeHash(patched))
    expect(applied.treeHash).toBe(done.treeHash)
    expect(Buffer.from(await service.artifacts.get(session.tenantId, done.diffArtifact)).toString()).toContain(
      '+    out += text;',
    )
    expect(done.greenSubsetArtifact).toBe('')

    const envelope = (await json(session, done.verdictArtifact)) as VerdictEnvelope
    const key = createPublicKey({
      key: Buffer.from(envelope.signature.publicKey, 'base64'),
      format: 'der',
      type: 'spki',
    })
    const signature = Buffer.from(envelope.signature.value, 'base64')
    expect(verify(null, Buffer.from(canonicalJson(envelope.body)), key, signature)).toBe(true)

    const again = await finish(service.sandbox.verify(request))
    const second = (await json(session, again.done.verdictArtifact)) as VerdictEnvelope
    expect(canonicalJson(second.body)).toBe(canonicalJson(envelope.body))
  }, 120_000)

  it('replays pinned sessions once more only when they, or the code, are not those that were judged', async () => {
    const session = await prepare(files)
    const { sessionsArtifact } = (await finish(service.sandbox.characterize({ session, files: ['index.js'] }))).done
    const replayOf = async (address: string): Promise<string> => {
      const { told } = await finish(service.sandbox.runTests({ session, sessionsArtifact: address }))
      return told.filter((line) => line.startsWith('replay done')).join()
    }
    expect(await replayOf(sessionsArtifact)).toMatch(/^replay done: \d+ sessions gave the same in three replays/)
    const { sessions, ...rest } = (await json(session, sessionsArtifact)) as { sessions: unknown[] }
    const fewer = Buffer.from(JSON.stringify({ ...rest, sessions: sessions.slice(1) }))
    const some = await service.artifacts.put(session, fewer)
    expect(await replayOf(some)).toMatch(/^replay done: \d+ sessions? replayed, 0 differ/)
    const write = ['node', '-e', "require('fs').appendFileSync('index.js', '// drifted')"]
    for await (const _ of service.sandbox.exec({ session, tree: 'base', argv: write }));
    expect(await replayOf(sessionsArtifact)).toMatch(/^replay done: \d+ sessions replayed, 0 differ/)
  }, 120_000)

  it('takes the run of the checks beside the recording for the second one, once and on the same code only', async () => {
    const baselineOf = async (session: Ref): Promise<string> => {
      const { done, told } = await finish(service.sandbox.runTests({ session }))
      expect(done.baseline).toMatchObject({ passed: 3, failed: 0 })
      expect(told.some((line) => /^leaf:.* done: pass: 3 tests passed, 0 failed$/.test(line))).toBe(true)
      return told.filter((line) => line.startsWith('baseline done')).join()
    }
    const recorded = async (): Promise<Ref> => {
      const session = await prepare(files)
      await finish(service.sandbox.analyze({ session }))
      await finish(service.sandbox.characterize({ session, files: ['index.js'] }))
      return session
    }
    const session = await recorded()
    expect(await baselineOf(session)).toBe('baseline done: green, run beside the recording of sessions')
    expect(await baselineOf(session)).toBe('baseline done: green')
    const drifted = await recorded()
    const write = ['node', '-e', "require('fs').appendFileSync('index.js', '// drifted')"]
    for await (const _ of service.sandbox.exec({ session: drifted, tree: 'base', argv: write }));
    expect(await baselineOf(drifted)).toBe('baseline done: green')
  }, 120_000)

  it('pins what exercises show where no session looked, and nothing of what they only claim', async () => {
    const untested = 'exports.half = function half(n) { return n > 1 ? n / 2 : 0; };\n'
    const session = await prepare({ ...files, 'index.js': source + untested })
    const first = await finish(service.sandbox.characterize({ session, files: ['index.js'], findWeakPlaces: true }))
    expect(first.done.weakPlaces.length).toBeGreaterThan(0)
    expect(first.done.weakPlaces[0]).toMatch(/^index\.js:\d+ /)
    const exercises = [
      {
        purpose: 'borders',
        code: "import all from './index.js'\nfor (const n of [0, 1, 2, NaN]) all.half(n)\n",
      },
      {
        purpose: 'forges',
        code: "import fs from 'node:fs'\nfs.writeFileSync('.iama/records/1.ndjson', '{\"t\":\"module\"}')\n",
      },
      { purpose: 'leaves', code: "await fetch('http://192.0.2.1')\n" },
    ]
    const exercisesArtifact = await service.artifacts.put(session, Buffer.from(JSON.stringify({ exercises })))
    const { sessionsArtifact } = first.done
    const request = { session, files: ['index.js'], sessionsArtifact, exercisesArtifact }
    const { done, told } = await finish(service.sandbox.exercise(request))
    expect(done.tests!.exercised).toBeGreaterThan(0)
    expect(done.tests!.sessions).toBe(first.done.tests!.sessions + done.tests!.exercised)
    expect(done.tests!.exerciseNotes.join('\n')).toMatch(/leaves: .*fetch failed/)
    expect(done.weakPlaces.length).toBeLessThan(first.done.weakPlaces.length)
    expect(told.join('\n')).toMatch(
      /exercise done: \d+ sessions? kept of \d+: \d+ of \d+ planted faults are noticed now/,
    )
    const written = Object.values((await json(session, done.testsArtifact)) as Record<string, string>).join()
    expect(written).toContain('and from exercises written for it')
    const ran = await finish(service.sandbox.runTests({ session, sessionsArtifact: done.sessionsArtifact }))
    expect(ran.done.baseline).toMatchObject({ failed: 0, passed: 3 + done.tests!.sessions })
  }, 120_000)

  it('finds a harmful edit, says how it shows, and keeps the part that is green', async () => {
    const { session, request } = await readyToVerify(patchOf(harmless, harmful))
    const { done, told } = await finish(service.sandbox.verify(request))
    expect(done.attempt).toMatchObject({ green: false, edits: 2 })
    expect(done.attempt!.fingerprint).toMatch(/^[0-9a-f]{64}$/)
    expect(done.attempt!.failures.length).toBeGreaterThan(0)
    expect(done.attempt!.dropped.map(({ editId }) => editId)).toEqual(['harmful'])
    expect(done.diffArtifact).toBe('')
    const part = (await json(session, done.greenSubsetArtifact)) as Patch
    expect(part.edits.map(({ id }) => id)).toEqual(['harmless'])
    expect(told.some((line) => line.startsWith('green-subset done: 1 edit green, 1 dropped'))).toBe(true)
    expect(await json(session, done.verdictArtifact)).toMatchObject({ body: { result: 'fail' } })
  }, 120_000)

  it('lets a private package become ES modules where the strategy says so, and not otherwise', async () => {
    const session = await prepare(becoming.files)
    const scope = [...becoming.scope]
    const { sessionsArtifact } = (await finish(service.sandbox.characterize({ session, files: scope }))).done
    const { baselineArtifact } = (await finish(service.sandbox.runTests({ session, sessionsArtifact }))).done
    const patchArtifact = await service.artifacts.put(session, Buffer.from(formatPatch(becoming.patch)))
    await service.sandbox.applyPatch({ session, patchArtifact })
    const request = { session, patchArtifact, sessionsArtifact, baselineArtifact, scope }
    const allowance = { esModules: true, newModules: ['test/package.json'] }
    const { done } = await finish(service.sandbox.verify({ ...request, allowance }))
    expect(done.attempt).toMatchObject({ green: true, failures: [] })
    const strange = await finish(
      service.sandbox.verify({ ...request, allowance: { newModules: ['test/package.json'] } }),
    )
    expect(strange.done.attempt!.gates.filter(({ status }) => status === 'fail').map(({ gate }) => gate)).toContain(
      'integrity',
    )
  }, 120_000)

  it('refuses a patch that does not fit, and then there is nothing patched', async () => {
    const session = await prepare({ ...files, 'index.js': `${source}// drifted\n` })
    const patchArtifact = await service.artifacts.put(session, Buffer.from(formatPatch(patchOf(harmless))))
    await expect(service.sandbox.applyPatch({ session, patchArtifact })).rejects.toMatchObject({
      code: 'PATCH_CONFLICT',
    })
  })

  it('goes on when a file cannot be parsed, and names it with its line', async () => {
    const session = await prepare({ ...files, 'broken.js': 'var a = 1;\nfunction (\n' })
    const { done } = await finish(service.sandbox.analyze({ session }))
    expect(done.analysis!.syntaxProblems[0]).toMatchObject({ path: 'broken.js', line: 2 })
    expect(done.analysis).toMatchObject({ functions: 2 })
  })

  it('kills tests that hang, and says so', async () => {
    const session = await prepare({ ...files, 'test.js': `${files['test.js']}setInterval(function () {}, 1000);\n` })
    const { done, told } = await finish(service.sandbox.analyze({ session }))
    expect(done.baseline!.failed).toBeGreaterThan(0)
    expect(told.join('\n')).toMatch(/killed at its time limit/)
  })

  it.each([
    ['disk', "for (;;) require('fs').writeFileSync('f' + i++, Buffer.alloc(16 << 20, 1))", /disk is full/],
    ['memory', 'for (const a = []; ; ) a.push(Buffer.alloc(16 << 20, 1))', /memory limit was reached/],
  ])('stops tests that fill the %s, and says so', async (_, script, reason) => {
    const session = await prepare({ ...files, 'test.js': `let i = 0\n${script}\n` })
    const { done } = await finish(service.sandbox.analyze({ session }))
    expect(done.baseline!.failures.map(({ message }) => message).join('\n')).toMatch(reason)
  })

  it('refuses tests the network and everything outside their folder, and goes on', async () => {
    const nosy = `
var net = require('net'), fs = require('fs');
console.log('TAP version 13\\n1..2');
try { fs.writeFileSync('../outside', 'x'); console.log('not ok 1 wrote outside'); } catch (error) { console.log('ok 1 ' + error.code); }
net.connect(80, '192.0.2.1').on('error', function (error) { console.log('ok 2 ' + error.code); }).on('connect', function () { console.log('not ok 2'); process.exit(1); });
`
    const session = await prepare({ ...files, 'test.js': nosy })
    const { done } = await finish(service.sandbox.analyze({ session }))
    expect(done.baseline).toMatchObject({ passed: 2, failed: 0 })
  })

  it('stops the work when the caller goes away', async () => {
    const session = await prepare({ ...files, 'test.js': 'setInterval(function () {}, 1000);\n' })
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 1_500)
    await expect(finish(service.sandbox.analyze({ session }, { signal: abort.signal }))).rejects.toThrow()
    const { evidence } = await service.sandbox.destroy({ session })
    expect(evidence!.processesKilled).toBeLessThanOrEqual(1)
  })
})
