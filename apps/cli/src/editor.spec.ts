import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { editText, wordsOf } from './editor.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'iama-editor-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A program that edits the file that it is given. */
const program = async (name: string, script: string): Promise<string> => {
  const file = path.join(folder, name)
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
  return file
}

const edit = (editor: string | undefined) => editText({ editor, childEnvironment: process.env }, 'spec.md', 'before\n')

describe('the command of an editor', () => {
  it.each([
    ['vi', ['vi']],
    ['code --wait', ['code', '--wait']],
    [`"/opt/my editor/ed" -n 'two words'`, ['/opt/my editor/ed', '-n', 'two words']],
    ['  ', []],
  ])('%j', (command, expected) => expect(wordsOf(command)).toEqual(expected))
})

describe('a text in an editor', () => {
  it('lies where only its owner can read it, and is gone afterwards', async () => {
    const edited = await edit(await program('append', 'echo after >> "$1"'))
    expect(await edited.text()).toBe('before\nafter\n')
    expect((await stat(edited.file)).mode & 0o777).toBe(0o600)
    expect((await stat(path.dirname(edited.file))).mode & 0o777).toBe(0o700)
    await edited.again()
    expect(await edited.text()).toBe('before\nafter\nafter\n')
    await edited.drop()
    expect(existsSync(path.dirname(edited.file))).toBe(false)
  })

  it('reaches no shell', async () => {
    const witness = path.join(folder, 'witness')
    await expect(edit(`${await program('true', ':')}; touch ${witness}`)).rejects.toThrow()
    expect(existsSync(witness)).toBe(false)
  })

  it('is kept when the editor fails after it was changed', async () => {
    const failing = await program('fail', 'echo mine > "$1"; exit 3')
    const error = (await edit(failing).catch((thrown: unknown) => thrown)) as { message: string; hints: string[] }
    expect(error.message).toContain('ended with 3')
    const file = /kept in (.*)$/.exec(error.hints[0]!)![1]!
    expect(await readFile(file, 'utf8')).toBe('mine\n')
    await rm(path.dirname(file), { recursive: true })
  })

  it.each([
    [undefined, 'no editor is known'],
    ['/no/such/editor --wait', 'cannot be run'],
  ])('needs an editor: %j', async (editor, message) => {
    await expect(edit(editor)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(message) })
  })
})
