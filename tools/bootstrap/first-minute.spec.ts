import { describe, expect, it } from '@jest/globals'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { commands } from './commands.mjs'

const tools = path.resolve(import.meta.dirname, '..')

/** Everything that a module loads when it is loaded: static imports of files, and of our own libraries. */
const loads = (file: string, seen = new Set<string>()): Set<string> => {
  if (seen.has(file) || !/\.(ts|mjs)$/.test(file) || !existsSync(file)) return seen
  seen.add(file)
  const text = readFileSync(file, 'utf8').replaceAll(/^import type .*$/gm, '')
  for (const [, name] of text.matchAll(/^(?:import|export)\b[^'"]*?['"]([^'"]+)['"]/gms)) {
    if (name!.startsWith('.')) loads(path.resolve(path.dirname(file), name!), seen)
    else if (name!.startsWith('@iama/')) seen.add(name!)
  }
  return seen
}

describe('in a fresh clone there is no generated code yet', () => {
  it.each(Object.entries(commands).map(([name, command]) => [name, command!.script]))(
    '%s does not need any to be loaded',
    (_name, script) => {
      const loaded = [...loads(path.join(tools, script))]
      expect(loaded.length).toBeGreaterThan(0)
      expect(loaded.filter((name) => name.startsWith('@iama/contracts'))).toEqual([])
    },
  )
})
