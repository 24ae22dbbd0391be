import { fork, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { eventually } from '@iama/testing/servers'
import { EngineProcesses } from '../src/infrastructure/engine-processes.ts'
import type { EngineWork } from '../src/infrastructure/engine-work.ts'
import { KeptChildren } from '../src/infrastructure/kept-children.ts'

const program = path.join(import.meta.dirname, 'fixtures/patient-child.ts')
const children: ChildProcess[] = []

const start = (): ChildProcess => {
  const child = fork(program, { execArgv: ['--disable-warning=ExperimentalWarning'], stdio: 'ignore' })
  children.push(child)
  return child
}

const isGone = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null

let kept: KeptChildren

beforeEach(() => {
  kept = new KeptChildren(2)
})

afterEach(() => {
  kept.close()
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

describe('a child that is kept', () => {
  it('is handed out once, for what it knows only', () => {
    const child = start()
    kept.keep('one', child)
    expect(kept.take('two')).toBeUndefined()
    expect(kept.take('one')).toBe(child)
    expect(kept.take('one')).toBeUndefined()
  })

  it('ends when there are too many, the oldest first', async () => {
    const [oldest, second, third] = [start(), start(), start()]
    kept.keep('one', oldest)
    kept.keep('two', second)
    kept.keep('three', third)
    await eventually('the oldest is gone', () => isGone(oldest))
    expect(kept.take('one')).toBeUndefined()
    expect([kept.take('two'), kept.take('three')]).toEqual([second, third])
  })

  it('ends after its time, and with its owner', async () => {
    const brief = new KeptChildren(2, 50)
    const [first, second] = [start(), start()]
    brief.keep('one', first)
    await eventually('its time is over', () => isGone(first))
    kept.keep('two', second)
    kept.close()
    await eventually('its owner is gone', () => isGone(second))
  })

  it('that died while it waited is not handed out', async () => {
    const child = start()
    kept.keep('one', child)
    child.kill('SIGKILL')
    await eventually('its death is known', () => isGone(child))
    expect(kept.take('one')).toBeUndefined()
  })
})

describe('the processes of the engine', () => {
  const work = async (): Promise<EngineWork> => ({ kind: 'read' }) as EngineWork
  const signal = new AbortController().signal

  it('ask one child again about one subject, and nobody else', async () => {
    const processes = new EngineProcesses({ program, memoryMiB: 128, timeoutMs: 10_000, atOnce: 2 })
    try {
      const [first, again] = [await processes.run(work, signal, 'one'), await processes.run(work, signal, 'one')]
      const [pid] = first.split(' ')
      expect(again).toBe(`${pid} 2`)
      const others = [await processes.run(work, signal, 'two'), await processes.run(work, signal)]
      expect(others.every((answer) => answer.endsWith(' 1') && !answer.startsWith(`${pid} `))).toBe(true)
      // at the same time the one child is busy
      const both = await Promise.all([processes.run(work, signal, 'one'), processes.run(work, signal, 'one')])
      expect(both.map((answer) => answer.split(' ')[1]).sort()).toEqual(['1', '3'])
    } finally {
      processes.close()
    }
  })
})
