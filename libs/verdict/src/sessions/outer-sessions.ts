import type { SessionSet } from '../types.ts'
import type { Workbench } from '../workbench.ts'
import { judgeSessions } from './judge-sessions.ts'
import { Renaming, type Alias } from './rename-exports.ts'
import { defaultReplayLimits, ReplayBroken, type ReplayLimits } from './replay-batch.ts'
import { programFiles, runtimeFolder } from './runtime-files.ts'

const dir = 'verdict-aliases'

/** Under which names of the other modules the exports of `inner` are found. */
const findAliases = async (
  workbench: Workbench,
  base: string,
  modules: readonly string[],
  inner: ReadonlySet<string>,
  { totalMs, signal }: ReplayLimits,
): Promise<readonly Alias[]> => {
  const [order, answer] = [`${runtimeFolder}/order.json`, `${runtimeFolder}/aliases.json`]
  await workbench.fork(base, dir)
  try {
    const content = Buffer.from(JSON.stringify({ modules, inner: [...inner] }))
    await workbench.write(dir, new Map<string, Uint8Array>([...programFiles('aliases'), [order, content]]))
    const argv = ['node', `${runtimeFolder}/aliases.cjs`, order, answer]
    const env = { NODE_OPTIONS: '--no-warnings' }
    const limits = { timeoutMs: totalMs, maxOutputBytes: 64 * 1024, ...(signal === undefined ? {} : { signal }) }
    const run = await workbench.run({ dir, argv, env, ...limits })
    const text = await workbench.read(dir, answer)
    if (text === undefined) throw new ReplayBroken(`the modules cannot be loaded: ${run.stderr.slice(0, 1_000)}`)
    return JSON.parse(Buffer.from(text).toString('utf8')) as readonly Alias[]
  } finally {
    await workbench.remove(dir)
  }
}

/**
 * The sessions as somebody would lead them who cannot ask for the modules `inner`: what those export goes by the names
 * that it has from other modules, and what has none is not called by its name; such sessions are left out. What is
 * expected of the others is what the untouched code gives, once more three times the same: values are told apart by what
 * they are where they can no longer be told by their names.
 * @throws ReplayBroken when the untouched code can no longer be led through them
 */
export const outerSessions = async (
  workbench: Workbench,
  base: string,
  set: SessionSet,
  inner: ReadonlySet<string>,
  limits: ReplayLimits = defaultReplayLimits,
): Promise<SessionSet> => {
  if (!set.modules.some((module) => inner.has(module)) || set.sessions.length === 0) return set
  const aliases = await findAliases(workbench, base, set.modules, inner, limits)
  const renaming = new Renaming(inner, aliases)
  const candidates = set.sessions.flatMap((session) => {
    const raw = renaming.session(session)
    return raw === undefined ? [] : [{ raw, origin: session.origin }]
  })
  const modules = set.modules.filter((module) => !inner.has(module))
  const { kept } = await judgeSessions(workbench, base, modules, candidates, { rounds: 3, limits })
  return { ...set, modules, sessions: kept }
}
