import type { GateDetail } from '../types.ts'
import { programFiles, runtimeFolder } from '../sessions/runtime-files.ts'
import type { Workbench } from '../workbench.ts'

type Facts = Readonly<Record<string, string>>
/** What a module exports, or why it cannot be imported. */
export type Probed = { readonly facts: Facts } | { readonly failed: string }
type Line = { i: number; facts?: Facts; failed?: string; crashed?: string } | { broken: string }

/** What each module exports, as facts; a module that cannot be imported is told as such. */
export const probeSurface = async (
  workbench: Workbench,
  dir: string,
  modules: readonly string[],
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<Map<string, Probed>> => {
  const input = `${runtimeFolder}/modules.json`
  const output = `${runtimeFolder}/surface.ndjson`
  await workbench.write(
    dir,
    new Map([...programFiles('surface'), [input, Buffer.from(JSON.stringify({ modules }))], [output, null]]),
  )
  const run = await workbench.run({
    dir,
    argv: ['node', `${runtimeFolder}/driver.cjs`, `${runtimeFolder}/surface.cjs`, input, output, '5000', '200'],
    env: { NODE_OPTIONS: '--no-warnings' },
    maxOutputBytes: 64 * 1024,
    ...options,
  })
  const text = Buffer.from((await workbench.read(dir, output)) ?? []).toString('utf8')
  const probed = new Map<string, Probed>()
  for (const line of text.split('\n').filter((each) => each.endsWith('}'))) {
    const record = JSON.parse(line) as Line
    if ('broken' in record) throw new Error(`the surface cannot be probed: ${record.broken}`)
    const module = modules[record.i]!
    probed.set(
      module,
      record.facts !== undefined ? { facts: record.facts } : { failed: record.failed ?? record.crashed ?? 'unknown' },
    )
  }
  if (probed.size === 0 && modules.length > 0)
    throw new Error(`the surface cannot be probed: ${run.stderr.slice(0, 1_000)}`)
  return probed
}

const change = (subject: string, message: string): GateDetail => ({ kind: 'surface', subject, message })

/** The facts without what is said about hidden members of classes. */
const visible = (facts: Facts, hidden: ReadonlySet<string>): Facts => {
  if (hidden.size === 0) return facts
  const kept = Object.entries(facts).filter(
    ([name]) => !name.split('.').some((part, i, all) => hidden.has(part) && all[i - 1] === 'prototype'),
  )
  const shapes = kept.map(([name, text]): [string, string] => {
    if (!name.endsWith('prototype.properties')) return [name, text]
    return [
      name,
      text
        .split(' ')
        .filter((each) => !hidden.has(each.replace(/\(.*$/, '')))
        .join(' '),
    ]
  })
  return Object.fromEntries(shapes)
}

const compareFacts = (module: string, was: Facts, is: Facts, hidden: ReadonlySet<string>): GateDetail[] => {
  const before = visible(was, hidden)
  const after = visible(is, hidden)
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => {
      const [old, now] = [before[name], after[name]]
      if (old === undefined) return change(`${module}#${name}`, `new: ${now}`)
      return change(`${module}#${name}`, now === undefined ? `gone: ${old}` : `${old} became ${now}`)
    })
}

/** The differences by name: `index.js#parse.arity`: 2 became 3. Members of classes named in `hidden` do not count. */
export const compareSurfaces = (
  before: ReadonlyMap<string, Probed>,
  after: ReadonlyMap<string, Probed>,
  hidden: ReadonlySet<string> = new Set(),
): GateDetail[] => {
  const modules = [...new Set([...before.keys(), ...after.keys()])].sort()
  return modules.flatMap((module) => {
    const [was, is] = [before.get(module), after.get(module)]
    if (was === undefined) return [change(module, 'a new module can be imported')]
    if (is === undefined) return [change(module, 'the module is gone')]
    if ('failed' in was) return 'failed' in is ? [] : [change(module, `it can be imported now; before: ${was.failed}`)]
    if ('failed' in is) return [change(module, `it can no longer be imported: ${is.failed}`)]
    return compareFacts(module, was.facts, is.facts, hidden)
  })
}
