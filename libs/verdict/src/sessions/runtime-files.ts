import { existsSync, readFileSync } from 'node:fs'
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
  'replay',
  'surface',
  'driver',
].map((name) => `${name}.cjs`)

/** Beside the sources, or beside a bundle that carries a copy of `runtime/`. */
const folder = (): string => {
  const candidates = ['../../runtime', '../runtime', 'runtime'].map((each) => path.join(import.meta.dirname, each))
  const found = candidates.find((each) => existsSync(path.join(each, 'driver.cjs')))
  if (found === undefined) throw new Error(`the verdict's runtime is missing: looked in ${candidates.join(', ')}`)
  return found
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
