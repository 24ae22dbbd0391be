import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { say, step } from '../bootstrap/progress.mjs'
import { copyTree } from './trees.ts'

export interface OwnTests {
  readonly passed: boolean
  /** Of npm's install and of the tests themselves. */
  readonly seconds: { readonly install: number; readonly tests: number }
}

const secondsSince = (started: number): number => (performance.now() - started) / 1_000

/**
 * Runs a package's tests with plain npm on a copy below `folder`, so that what is installed for them does not touch the
 * tree; what was installed for the same package.json before is kept. No scripts around `test` run: linters and audits
 * are not the tests.
 */
export const runOwnTests = async (tree: string, folder: string): Promise<OwnTests> => {
  const copy = path.join(folder, sha256(readFileSync(path.join(tree, 'package.json'))).slice(0, 16))
  await emptyButInstalled(copy)
  await copyTree(tree, copy)
  const installing = performance.now()
  const made = await install(copy)
  const installed = secondsSince(installing)
  if (made.code !== 0) return { passed: told(made), seconds: { install: installed, tests: 0 } }
  const { scripts = {} } = JSON.parse(readFileSync(path.join(copy, 'package.json'), 'utf8')) as {
    scripts?: Record<string, string>
  }
  const script = scripts['tests-only'] ? ['run', 'tests-only'] : ['test']
  const testing = performance.now()
  const tested = await step(`npm ${script.join(' ')}`, () => npm(copy, [...script, '--ignore-scripts']))
  const seconds = { install: installed, tests: secondsSince(testing) }
  for (const line of tested.output.split('\n').filter((text) => /^# (tests|pass|fail)/.test(text))) say(`  ${line}`)
  return { passed: told(tested.code === 0 ? { ...tested, output: '' } : tested), seconds }
}

/** Installs what a package's tests need, without development dependencies that the registry does not have. */
const install = async (copy: string): Promise<Ended> => {
  for (let leftOut = 0; ; leftOut++) {
    const ended = await step('npm install --ignore-scripts', () => npm(copy, ['install', '--ignore-scripts']))
    const missing = /No matching version found for (@?[^@\s]+)@/.exec(ended.output)?.[1]
    if (ended.code === 0 || missing === undefined || leftOut === 5) return ended
    say(`the registry does not have ${missing} as package.json asks for it: left out`)
    await npm(copy, ['pkg', 'delete', `devDependencies.${missing}`])
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const keptNames = new Set(['node_modules', 'package-lock.json'])

const emptyButInstalled = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true })
  for (const name of await readdir(folder))
    if (!keptNames.has(name)) await rm(path.join(folder, name), { recursive: true })
}

interface Ended {
  readonly code: number
  readonly output: string
}

const told = ({ code, output }: Ended): boolean => {
  if (output) say(output.split('\n').slice(-40).join('\n'))
  say(code === 0 ? 'they pass' : `they fail (exit code ${code})`)
  return code === 0
}

const npm = (cwd: string, args: readonly string[]): Promise<Ended> => {
  const child = spawn('npm', [...args, '--no-audit', '--no-fund'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => chunks.push(bytes))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }))
  })
}
