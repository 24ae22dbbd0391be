import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { findProgram, reachable, reachableByOthers } from './toolchain.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'iama-toolchain-'))
  chmodSync(folder, 0o711)
  for (const [name, mode] of [
    ['open', 0o755],
    ['closed', 0o700],
  ] as const) {
    mkdirSync(path.join(folder, name))
    writeFileSync(path.join(folder, name, 'program'), '#!/bin/sh\n', { mode: 0o755 })
    chmodSync(path.join(folder, name), mode)
  }
})

afterAll(() => rmSync(folder, { recursive: true }))

describe('the programs that a sandbox sees', () => {
  it('are used where they are when other accounts can reach them', async () => {
    const program = path.join(folder, 'open/program')
    expect(await reachable(program, path.join(folder, 'tools'))).toBe(program)
  })

  it('are copied once when they lie in a closed folder', async () => {
    const program = path.join(folder, 'closed/program')
    expect(await reachableByOthers(program)).toBe(false)
    const copy = await reachable(program, path.join(folder, 'tools'))
    expect(await reachableByOthers(copy)).toBe(true)
    expect(statSync(copy).mode & 0o777).toBe(0o755)
    const { ino } = statSync(copy)
    expect(await reachable(program, path.join(folder, 'tools'))).toBe(copy)
    expect(statSync(copy).ino).toBe(ino)
  })

  it('are found on a search path, folders and relative entries left out', async () => {
    expect(await findProgram('program', `relative:/nonexistent:${folder}/open`)).toBe(path.join(folder, 'open/program'))
    expect(await findProgram('open', folder)).toBeUndefined()
  })
})
