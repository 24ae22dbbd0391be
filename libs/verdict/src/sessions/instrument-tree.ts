import type { Workbench } from '../workbench.ts'
import { instrument, type Technique } from './instrument.ts'
import { runtimeFiles, runtimeFolder } from './runtime-files.ts'

export const decode = (content: Uint8Array): string => Buffer.from(content).toString('utf8')

/** `plain` leaves functions among the arguments as they are: some packages print their source. */
export type Mode = 'with-callbacks' | 'plain'

export interface Instrumentation {
  readonly technique: Technique
  readonly mode: Mode
  /** Characters of one input. */
  readonly maxInput?: number | undefined
  /** Whether a build step compiles the sources before they run. */
  readonly built?: boolean
}

/** Makes the modules of `dir` record what is done with them, into files that `readRecords` finds. */
export const instrumentTree = async (
  workbench: Workbench,
  dir: string,
  modules: readonly string[],
  { technique, mode, maxInput = 65_536, built = false }: Instrumentation,
): Promise<void> => {
  const settings = { record: true, callbacks: mode === 'with-callbacks', maxInput }
  const files = new Map<string, Uint8Array>([
    ...runtimeFiles(),
    [`${runtimeFolder}/settings.json`, Buffer.from(JSON.stringify(settings))],
    [`${runtimeFolder}/records/.keep`, Buffer.from('')],
  ])
  for (const module of modules) {
    const source = await workbench.read(dir, module)
    if (source === undefined) continue
    for (const [path, content] of instrument(module, decode(source), technique, built).files) files.set(path, content)
  }
  await workbench.write(dir, files)
}

/** All records together, in bytes: a test can write what it likes into their folder. */
const mostRecords = 128 * 1024 * 1024

/** What the processes that ran in an instrumented tree have recorded, one text a process. */
export const readRecords = async (workbench: Workbench, dir: string): Promise<string[]> => {
  const texts: string[] = []
  let bytes = 0
  for (const path of await workbench.list(dir)) {
    if (!path.startsWith(runtimeFolder) || !path.endsWith('.ndjson')) continue
    const content = (await workbench.read(dir, path)) ?? new Uint8Array()
    bytes += content.length
    if (bytes > mostRecords) break
    texts.push(decode(content))
  }
  return texts
}
