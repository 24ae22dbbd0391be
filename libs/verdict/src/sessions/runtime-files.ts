import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

/** Where the runtime stands inside a workbench directory. */
export const runtimeFolder = '.iama'

const names = [
  'intrinsics',
  'encode',
  'streams',
  'promises',
  'incoming',
  'settlements',
  'decode',
  'behaviour',
  'register-exports',
  'recorder-state',
  'recorder-writing',
  'recorder-callbacks',
  'recorder-calls',
  'recorder-proxies',
  'recorder',
  'loader',
  'pins',
  'tampering',
  'mutants',
  'replay-modules',
  'replay-writing',
  'replay-callbacks',
  'replay-inputs',
  'replay-given',
  'replay-session',
  'replay',
  'surface',
  'aliases',
  'driver',
  'explorer',
].map((name) => `${name}.cjs`)

/** Beside these sources; beside a bundle that carries a copy; or in the installed library. */
const folder = (): string => {
  const beside = ['../../runtime', 'runtime'].map((each) => path.join(import.meta.dirname, each))
  const found = beside.find((each) => existsSync(path.join(each, 'driver.cjs')))
  if (found !== undefined) return found
  try {
    return path.dirname(createRequire(import.meta.url).resolve('@iama/verdict/runtime/driver.cjs'))
  } catch {
    throw new Error(`the verdict's runtime is missing: neither in ${beside.join(' nor in ')} nor in @iama/verdict`)
  }
}

/** A bundler takes this file along into its own: then the recorder is looked for above where the tests run. */
const recorderModule = `import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
const find = (folder) => {
  const file = path.join(folder, '${runtimeFolder}/recorder.cjs')
  if (existsSync(file) || path.dirname(folder) === folder) return file
  return find(path.dirname(folder))
}
const beside = import.meta.url && new URL('recorder.cjs', import.meta.url)
const isBeside = beside && path.basename(path.dirname(beside.pathname)) === '${runtimeFolder}'
const from = isBeside ? import.meta.url : path.join(process.cwd(), 'recorder.mjs')
export default createRequire(from)(isBeside ? './recorder.cjs' : find(process.cwd()))
`

let cached: ReadonlyMap<string, Uint8Array> | undefined

/** The plain JavaScript that records, replays and probes inside the sandbox, by path in a workbench directory. */
export const runtimeFiles = (): ReadonlyMap<string, Uint8Array> => {
  if (cached !== undefined) return cached
  const from = folder()
  const files = names.map((name): [string, Uint8Array] => [
    `${runtimeFolder}/${name}`,
    readFileSync(path.join(from, name)),
  ])
  cached = new Map([...files, [`${runtimeFolder}/recorder.mjs`, Buffer.from(recorderModule)]])
  return cached
}

const textsOf = (): ReadonlyMap<string, string> =>
  new Map(
    [...runtimeFiles()].map(([file, content]) => [
      file.slice(runtimeFolder.length + 1),
      Buffer.from(content).toString(),
    ]),
  )

/** A program and what it requires of its neighbours, each behind what it requires itself. */
const withNeeded = (texts: ReadonlyMap<string, string>, name: string, found = new Set<string>()): Set<string> => {
  if (found.has(name)) return found
  for (const [, needed] of texts.get(name)!.matchAll(/require\('\.\/([\w-]+\.cjs)'\)/g))
    withNeeded(texts, needed!, found)
  return found.add(name)
}

/** One file in the place of many: each file of a tree costs the sandbox a dozen calls, and a process a lookup. */
const packed = (texts: ReadonlyMap<string, string>, program: string): string => {
  const modules = [...withNeeded(texts, program)].map(
    (name) => `own['./${name}'] = (module, require) => {\n${texts.get(name)!}\n}`,
  )
  return `'use strict'
const own = { __proto__: null }
const loaded = { __proto__: null }
const load = (name) => {
  if (own[name] === undefined) return require(name)
  if (loaded[name] === undefined) {
    loaded[name] = { exports: {} }
    own[name](loaded[name], load)
  }
  return loaded[name].exports
}
${modules.join('\n')}
load('./${program}')
`
}

const programs = new Map<string, ReadonlyMap<string, Uint8Array>>()

/** The driver and one program that it runs, whole in one file, by path in a workbench directory. */
export const programFiles = (program: 'replay' | 'surface' | 'aliases'): ReadonlyMap<string, Uint8Array> => {
  const known = programs.get(program)
  if (known !== undefined) return known
  const texts = textsOf()
  const files = new Map(
    [
      ['driver.cjs', texts.get('driver.cjs')!],
      [`${program}.cjs`, packed(texts, `${program}.cjs`)],
    ].map(([name, text]) => [`${runtimeFolder}/${name}`, Buffer.from(text!)]),
  )
  programs.set(program, files)
  return files
}
