import { decode, instrumentTree, readRecords } from '../sessions/instrument-tree.ts'
import { recordable } from '../sessions/recording.ts'
import { assembleSessions, type Assembled } from '../sessions/records.ts'
import { runtimeFolder } from '../sessions/runtime-files.ts'
import { thrownLine } from '../tests-output/thrown-line.ts'
import type { Scope, Session } from '../types.ts'
import type { Workbench } from '../workbench.ts'
import { planModule } from './plan.ts'
import { candidatesOf, emptyShape } from './shape.ts'

const dir = 'verdict-explore'
const itemMs = 15_000
/** Each is a process; who has more modules than these and no tests learns little from further ones. */
const mostModules = 200

export interface Explored extends Assembled {
  /** Modules that could not be used, with the reason. */
  readonly failed: ReadonlyMap<string, string>
}

/** The engine threw: such a call was never meant, and nobody leans on it. */
export const isMeant = ({ expected }: Session): boolean =>
  !expected.some((text) => /^(throw|reject) .*"g":1/.test(text))

/**
 * For a project that has no tests: calls what the modules of the scope export, with values made up from the code that
 * takes them, on an instrumented copy. The base does not notice.
 */
export const explore = async (
  workbench: Workbench,
  base: string,
  scope: Scope,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (text: string) => void } = {},
): Promise<Explored> => {
  const { modules, esm, refused } = await recordable(workbench, base, scope)
  const failed = new Map(refused)
  const used = modules.slice(0, mostModules)
  for (const module of modules.slice(mostModules)) failed.set(module, `only ${mostModules} modules are called`)
  await workbench.fork(base, dir)
  try {
    await instrumentTree(workbench, dir, used, { technique: esm ? 'facade' : 'append', mode: 'with-callbacks' })
    for (const [n, module] of used.entries()) {
      options.onProgress?.(`calling what ${module} exports (${n + 1} of ${used.length})`)
      const plan = {
        module,
        ...planModule(module, decode((await workbench.read(base, module))!)),
        anything: candidatesOf(emptyShape()),
      }
      const file = `${runtimeFolder}/plan.json`
      await workbench.write(dir, new Map([[file, Buffer.from(JSON.stringify(plan))]]))
      const run = await workbench.run({
        dir,
        argv: ['node', `${runtimeFolder}/explorer.cjs`, file],
        env: { TZ: 'UTC', LANG: 'C.UTF-8', NODE_OPTIONS: '--no-warnings' },
        timeoutMs: itemMs,
        maxOutputBytes: 64 * 1024,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      })
      if (run.exitCode !== 0) failed.set(module, reasonOf(run))
    }
    return { ...assembleSessions(await readRecords(workbench, dir)), failed }
  } finally {
    await workbench.remove(dir)
  }
}

const reasonOf = (run: { timedOut: boolean; stopped?: string; stderr: string }): string => {
  if (run.timedOut) return `a call of it did not end within ${itemMs / 1_000} s`
  const said = run.stopped ?? thrownLine(run.stderr) ?? run.stderr.trim().split('\n')[0]
  return `using it failed: ${said || 'the process ended'}`
}
