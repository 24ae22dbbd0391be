import { once } from 'node:events'
import path from 'node:path'
import type { ChildProcess } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { eventually } from '@iama/testing/servers'
import { SpareChild } from '../src/infrastructure/spare-child.ts'

let children: SpareChild

beforeEach(() => {
  children = new SpareChild({ program: path.join(import.meta.dirname, 'fixtures/echo-child.ts'), memoryMiB: 128 })
})

afterEach(() => children.close())

const use = async (child: ChildProcess): Promise<number> => {
  child.send({})
  const [{ text }] = (await once(child, 'message')) as [{ text: string }]
  child.kill('SIGKILL')
  return Number(text)
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a spare child', () => {
  it('is started ahead and used once', async () => {
    const first = children.take()
    children.prepare()
    children.prepare()
    const [spare, third] = [children.take(), children.take()]
    expect(new Set([first.pid, spare.pid, third.pid]).size).toBe(3)
    expect(await Promise.all([first, spare, third].map(use))).toEqual([first.pid, spare.pid, third.pid])
  })

  it('that died while it waited is not handed out', async () => {
    children.prepare()
    const died = children.waiting!
    process.kill(died, 'SIGKILL')
    await eventually('its death is known', () => children.waiting === undefined)
    const next = children.take()
    expect(next.pid).not.toBe(died)
    expect(await use(next)).toBe(next.pid)
  })

  it('ends with its owner, who starts no other', async () => {
    children.prepare()
    const pid = children.waiting!
    expect(isAlive(pid)).toBe(true)
    children.close()
    await eventually('it is gone', () => !isAlive(pid))
    children.prepare()
    expect(children.waiting).toBeUndefined()
  })
})
