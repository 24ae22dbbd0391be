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

let cached: ReadonlyMap<string, Uint8Array> | undefined

/** The plain JavaScript that records, replays and probes inside the sandbox, by path in a workbench directory. */
export const runtimeFiles = (): ReadonlyMap<string, Uint8Array> => {
  if (cached !== undefined) return cached
  const from = folder()
  const files = names.map((name): [string, Uint8Array] => [
    `${runtimeFolder}/${name}`,
    readFileSync(path.join(from, name)),
  ])
  const esm = `import { createRequire } from 'node:module'\nexport default createRequire(import.meta.url)('./recorder.cjs')\n`
  cached = new Map([...files, [`${runtimeFolder}/recorder.mjs`, Buffer.from(esm)]])
  return cached
}
