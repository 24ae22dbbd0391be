import { servers, testServers, type ServerSpec } from './catalogue.ts'
import { find, type Found } from './find.ts'
import { install, missing } from './install.ts'

export type Programs = Readonly<Record<Exclude<ServerSpec['name'], 'versitygw' | 'pgbouncer' | 'litellm'>, Found>>

const look = (specs: readonly ServerSpec[], own: boolean): Promise<(readonly [ServerSpec, Found | undefined])[]> =>
  Promise.all(specs.map(async (spec) => [spec, await find(spec, own)] as const))

export interface Wanted {
  /** Passes over addresses in the environment. */
  readonly own?: boolean
  /** Projects whose tests are about to run: what they alone need is got as well. */
  readonly testsOf?: readonly string[]
}

/**
 * Every server of the stack, and what the tests of the named projects need; installed where it was not there.
 * @throws StepFailed that names all that is still missing, each with the command that gets it.
 */
export const ensurePrograms = async ({ own = false, testsOf = [] }: Wanted = {}): Promise<Programs> => {
  const specs = [
    ...servers,
    ...testServers.filter(({ projects }) => projects.some((project) => testsOf.includes(project))),
  ]
  const first = await look(specs, own)
  const absent = first.filter(([, found]) => found === undefined).map(([spec]) => spec)
  if (absent.length === 0) return collect(first)
  await install(absent)
  return collect(await look(specs, own))
}

const collect = (looked: readonly (readonly [ServerSpec, Found | undefined])[]): Programs => {
  const absent = looked.filter(([, found]) => found === undefined).map(([spec]) => spec)
  if (absent.length > 0) throw missing(absent)
  return Object.fromEntries(looked.map(([spec, found]) => [spec.name, found])) as Programs
}
