import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { applyMutant } from './apply-mutant.ts'
import { loopGuards } from './loop-guards.ts'
import { mutantsOf } from './mutants-of.ts'
import { isMutable, syntaxProblems } from './parse.ts'
import { sampleMutants } from './sample-mutants.ts'

const libs = path.join(import.meta.dirname, '../..')

/** The sources and fixtures of these libraries: JavaScript of several ages, ES modules, TypeScript. */
const sources = ['mutants', 'codemod', 'verdict', 'patch', 'reply'].flatMap((lib) =>
  ['src', 'fixtures', 'runtime'].flatMap((folder) => {
    const root = path.join(libs, lib, folder)
    try {
      const names = readdirSync(root, { recursive: true, encoding: 'utf8' })
      return names.filter(isMutable).map((name) => ({ file: path.join(lib, folder, name), root: libs }))
    } catch {
      return []
    }
  }),
)

const legacy = ['cinema-bill', 'options-parser', 'value-printer'].map((name) => ({
  file: `${name}.js`,
  source: readFileSync(path.join(libs, `codemod/test/fixtures/${name}.txt`), 'utf8'),
}))

const all = [
  ...sources.map(({ file, root }) => ({ file, source: readFileSync(path.join(root, file), 'utf8') })),
  ...legacy,
].filter(({ file, source }) => syntaxProblems(file, source).length === 0)

const guarded = (file: string, source: string): string => {
  let text = source
  for (const { at, text: inserted } of loopGuards(file, source, 'guard()').toReversed())
    text = text.slice(0, at) + inserted + text.slice(at)
  return text
}

describe('over real sources', () => {
  it('every mutant parses, changes something, and has an id of its own', () => {
    const broken: string[] = []
    let tried = 0
    for (const { file, source } of all) {
      const mutants = mutantsOf({ file, source })
      expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length)
      for (const mutant of sampleMutants(mutants, 12, 7)) {
        const text = applyMutant(source, mutant)
        tried++
        if (text === source || syntaxProblems(file, text).length > 0)
          broken.push(`${file}:${mutant.line} ${mutant.description}`)
      }
    }
    expect(broken).toEqual([])
    expect(tried).toBeGreaterThan(2_000)
  }, 60_000)

  it('the order and the ids are the same every time', () => {
    for (const { file, source } of legacy) {
      const first = JSON.stringify(mutantsOf({ file, source }))
      expect(JSON.stringify(mutantsOf({ file, source }))).toBe(first)
    }
  })

  it('guarded loops parse as well', () => {
    const guards = all.map(({ file, source }) => guarded(file, source))
    expect(all.flatMap(({ file }, i) => syntaxProblems(file, guards[i]!))).toEqual([])
    expect(guards.filter((text) => text.includes('guard();')).length).toBeGreaterThan(50)
  }, 30_000)
})
