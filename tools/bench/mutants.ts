import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { mutantsOf, sampleMutants, type Mutant } from '@iama/mutants'
import { askSessions, askSuite, discoverChecks, recordSessions, runBaseline, defaultLimits } from '@iama/verdict'
import type { Fate, SessionSet } from '@iama/verdict'
import { LocalWorkbench } from '@iama/verdict/testing'
import { fetchPackage } from '../demo/fetch-package.ts'
import type { Suite } from './suite.ts'

const exec = promisify(execFile)
/** Pinned: another version has other tests and other mutants. */
const [packed, runner, file] = ['minimist@1.2.8', 'tape@5.10.2', 'index.js']
/** A run of the tests a mutant takes minutes for all: both sides are compared on so many, taken by seed. */
const sampleSize = 250
const sessionLimits = { itemMs: 1_000, totalMs: 120_000, crashes: 40 }

const killed = (fates: readonly Fate[]): number =>
  fates.filter((fate) => fate === 'killed' || fate === 'timed-out').length

interface Timed {
  readonly killed: number
  readonly seconds: number
}

const percent = (part: number, whole: number): number => (100 * part) / whole

const timed = async (work: () => Promise<readonly Fate[]>): Promise<Timed> => {
  const startedAt = performance.now()
  const fates = await work()
  return { killed: killed(fates), seconds: (performance.now() - startedAt) / 1_000 }
}

const open: Suite['open'] = async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'iama-bench-mutants-'))
  const workbench = new LocalWorkbench(folder)
  const base = path.join(folder, 'base')
  await fetchPackage(packed, base)
  await exec('npm', ['pkg', 'delete', 'devDependencies', 'scripts.prepublish'], { cwd: base })
  await exec('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', runner], { cwd: base })
  const text = async (name: string) => Buffer.from((await workbench.read('base', name))!).toString('utf8')
  const checks = discoverChecks(JSON.parse(await text('package.json')), await workbench.list('base'))
  const baseline = await runBaseline(workbench, 'base', checks)
  const all = await recordSessions(workbench, 'base', checks, { files: [file] }, { baseline })
  const recorded: SessionSet = { ...all, sessions: all.sessions.filter(({ origin }) => origin === 'recorded') }
  const source = await text(file)
  const sources = new Map([[file, source]])
  const everyone = mutantsOf({ file, source })
  const sample = sampleMutants(everyone, sampleSize, 1)
  const bySessions = (set: SessionSet, mutants: readonly Mutant[]) =>
    timed(async () => {
      await workbench.fork('base', 'sessions')
      return (await askSessions(workbench, 'sessions', set, sources, mutants, sessionLimits)).fates
    })
  /** Takes minutes and kills the same ones every time: it is run once. */
  let suite: Promise<Timed> | undefined
  const bySuite = () =>
    timed(async () => {
      await workbench.fork('base', 'suite')
      return askSuite({ workbench, dir: 'suite', checks, baseline, limits: defaultLimits }, sources, sample)
    })
  const { length } = everyone
  return {
    ours: async () => {
      const [some, more] = [await bySessions(recorded, sample), await bySessions(all, sample)]
      const whole = await bySessions(recorded, everyone)
      return {
        some: some.killed,
        more: more.killed,
        length,
        share: percent(whole.killed, length),
        seconds: whole.seconds,
      }
    },
    other: async () => {
      const { killed, seconds } = await (suite ??= bySuite())
      const share = percent(killed, sample.length)
      return { some: killed, more: killed, length: sample.length, share, seconds: (seconds / sample.length) * length }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

const name = "the package's own tests"
const neighbours = 'sessions and their neighbours'

/** What sees more of the small faults in a package, and how fast: its recorded sessions or its own tests. */
export const mutants: Suite = {
  name: 'mutants',
  summary: `the mutants of ${packed}: put to the recorded sessions in one process, and ${sampleSize} to its own tests`,
  rounds: 3,
  rows: [
    { key: 'some', case: 'recorded sessions', metric: 'killed of the sample', unit: '', name, target: { atLeast: 1 } },
    { key: 'more', case: neighbours, metric: 'killed of the sample', unit: '', name, target: { atLeast: 1 } },
    { key: 'length', case: 'mutants', metric: 'asked about', unit: '', name },
    { key: 'share', case: 'recorded sessions', metric: 'killed of those asked about', unit: '%', name },
    { key: 'seconds', case: 'recorded sessions', metric: 'time for all mutants', unit: 's', name, limit: { below: 5 } },
  ],
  open,
}
