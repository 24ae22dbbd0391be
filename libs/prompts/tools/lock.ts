// Records new versions of prompts in prompts.lock.json; refuses when a recorded one changed.
import { readFileSync, writeFileSync } from 'node:fs'
import { DomainError } from '@iama/kernel'

import { recordVersions, type LockEntry } from '../src/lock.ts'
import { prompts } from '../src/registry.ts'

const file = new URL('../prompts.lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8')) as LockEntry[]
try {
  const recorded = recordVersions(prompts, lock)
  writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`)
  process.stdout.write(`${recorded.length - lock.length} new versions recorded\n`)
} catch (error) {
  if (!(error instanceof DomainError)) throw error
  process.stderr.write(`nothing recorded:\n${error.message}\n`)
  process.exitCode = 1
}
