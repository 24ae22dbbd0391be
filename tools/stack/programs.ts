import { servers, type ServerSpec } from './catalogue.ts'
import { find, type Found } from './find.ts'
import { install, missing } from './install.ts'

export type Programs = Readonly<Record<ServerSpec['name'], Found>>

const look = (own: boolean): Promise<(readonly [ServerSpec, Found | undefined])[]> =>
  Promise.all(servers.map(async (spec) => [spec, await find(spec, own)] as const))

/**
 * Every server of the catalogue, installed where it was not there.
 * @throws StepFailed that names all that is still missing, each with the command that gets it.
 */
export const ensurePrograms = async ({ own = false } = {}): Promise<Programs> => {
  const first = await look(own)
  const absent = first.filter(([, found]) => found === undefined).map(([spec]) => spec)
  if (absent.length === 0) return collect(first)
  await install(absent)
  return collect(await look(own))
}

const collect = (looked: readonly (readonly [ServerSpec, Found | undefined])[]): Programs => {
  const absent = looked.filter(([, found]) => found === undefined).map(([spec]) => spec)
  if (absent.length > 0) throw missing(absent)
  return Object.fromEntries(looked.map(([spec, found]) => [spec.name, found])) as Programs
}
