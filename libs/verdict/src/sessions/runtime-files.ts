import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

/** Where the runtime stands inside a workbench directory. */
export const runtimeFolder = '.iama'

const names = [
  'intrinsics',
  'encode',
  'decode',
  'behaviour',
  'recorder',
  'loader',
  'pins',
  'tampering',
  'mutants',
  'replay',
  'surface',
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
