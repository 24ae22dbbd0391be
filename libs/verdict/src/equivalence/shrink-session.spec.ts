import { expect, it } from '@jest/globals'
import type { RunResult, Workbench } from '../workbench.ts'
import { shrink } from './shrink-session.ts'
import type { Compared } from './side-by-side.ts'

const failed: RunResult = {
  ...{ exitCode: 1, signal: null, timedOut: false, outputTruncated: false },
  ...{ stdout: '', stderr: 'no process', durationMs: 1 },
}

/** Where nothing can be replayed. */
const broken: Workbench = {
  fork: async () => {},
  write: async () => {},
  read: async () => undefined,
  list: async () => [],
  run: async () => failed,
  remove: async () => {},
}

const input = { v: ['@', 0], n: [{ k: 'a', v: [['u'], 'long', 'longer'] }] }
const step = { op: 'call', target: { module: 'a.js', path: ['f'] }, holder: 0, input } as const
const found: Compared = {
  session: { id: 'a', modules: ['a.js'], steps: [step], callbacks: {}, async: false, recorded: [] },
  ...{ step: 0, before: 'return 1', after: 'return 2' },
}

it('a difference that was found stays where no smaller one can be looked for', async () => {
  const limits = { itemMs: 1, totalMs: 1, crashes: 1 }
  const versions = { workbench: broken, before: 'before', after: 'after', modules: ['a.js'], limits }
  expect(await shrink({ ...versions, refresh: async () => {} }, found, 3)).toBe(found)
})
