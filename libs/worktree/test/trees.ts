import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { sha256 } from '@iama/patch'

import type { Bundle } from '../src/apply-bundle.ts'

/** Names and contents; a name that ends in `*` is executable. */
export type Files = Readonly<Record<string, string>>

const made: string[] = []

export const tempFolder = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'iama-tree-'))
  made.push(folder)
  return folder
}

export const removeTempFolders = (): void => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
}

export const writeFiles = (folder: string, files: Files): void => {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name.replace(/\*$/, ''))
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, content, 'latin1')
    chmodSync(file, name.endsWith('*') ? 0o755 : 0o644)
  }
}

export const treeWith = (files: Files): string => {
  const folder = tempFolder()
  writeFiles(folder, files)
  return folder
}

/** Everything below a folder: files with bytes and executable bit, empty folders with a slash. */
export const filesOf = (folder: string): Record<string, string> => {
  const found: [string, string][] = []
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const full = path.join(entry.parentPath, entry.name)
    const name = path.relative(folder, full)
    if (entry.isDirectory()) {
      if (readdirSync(full).length === 0) found.push([`${name}/`, ''])
    } else {
      const executable = (statSync(full).mode & 0o100) !== 0
      found.push([executable ? `${name}*` : name, readFileSync(full, 'latin1')])
    }
  }
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)))
}

const contentsOf = (files: Files) =>
  new Map(
    Object.entries(files).map(([name, text]) => [
      name.replace(/\*$/, ''),
      { content: Buffer.from(text, 'latin1'), executable: name.endsWith('*') },
    ]),
  )

/** The bundle that leads from some files to others. */
export const bundleBetween = (jobId: string, before: Files, after: Files): Bundle => {
  const [old, now] = [contentsOf(before), contentsOf(after)]
  const files = [...new Set([...old.keys(), ...now.keys()])].map((name) => {
    const [from, to] = [old.get(name), now.get(name)]
    return {
      path: name,
      before: from ? sha256(from.content) : null,
      after: to ? sha256(to.content) : null,
      content: to?.content ?? Buffer.alloc(0),
      executable: to?.executable ?? false,
    }
  })
  return { jobId, files }
}

export const writtenBundle = (bundle: Bundle): string =>
  JSON.stringify({
    ...bundle,
    files: bundle.files.map((f) => ({ ...f, content: Buffer.from(f.content).toString('hex') })),
  })

export const readBundle = (text: string): Bundle => {
  const bundle = JSON.parse(text) as Bundle
  const files = bundle.files.map((file) => ({
    ...file,
    content: Buffer.from(file.content as unknown as string, 'hex'),
  }))
  return { ...bundle, files }
}
