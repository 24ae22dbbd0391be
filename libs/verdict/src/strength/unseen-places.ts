import { faultAt, type Fault } from '@iama/mutants'
import type { Patch, Place } from '@iama/patch'
import { decode } from '../sessions/instrument-tree.ts'
import { ReplayBroken } from '../sessions/replay-batch.ts'
import type { SessionSet } from '../types.ts'
import type { Workbench } from '../workbench.ts'
import { askOnBase, type WeaknessOptions } from './weak-places.ts'

/** By the id of an edit: the places that no recorded session looks at, as `file:line`. */
export type UnseenPlaces = ReadonlyMap<string, readonly string[]>

interface Asked {
  readonly edit: string
  readonly subject: string
  /** Undefined where the place is no code. */
  readonly fault: Fault | undefined
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

const asked = (edit: string, { path, start, end }: Place, content: Uint8Array | undefined): Asked => {
  if (content === undefined || end > content.length) return { edit, subject: path, fault: undefined }
  const source = decode(content)
  const at = (bytes: number): number => decode(content.subarray(0, bytes)).length
  const range = { start: at(start), end: at(end) }
  return { edit, subject: `${path}:${lineAt(source, range.start)}`, fault: faultAt(path, source, range) }
}

const notSeen = new Set<string>(['survived', 'not-run'])

/**
 * Of the edits that rest on sessions: where a fault in the untouched code would be noticed by none. Nothing speaks for
 * such an edit, for no difference is worth nothing where nobody looks. Edits that are seen in each of their places are
 * not in the answer.
 */
export const unseenPlaces = async (
  workbench: Workbench,
  base: string,
  set: Pick<SessionSet, 'modules' | 'sessions'>,
  { edits }: Patch,
  options: WeaknessOptions = {},
): Promise<UnseenPlaces> => {
  const places: Asked[] = []
  for (const { id, evidence } of edits)
    for (const place of evidence.kind === 'verified' ? evidence.places : [])
      places.push(asked(id, place, await workbench.read(base, place.path)))
  const faults = places.flatMap(({ fault }) => fault ?? [])
  const fates = set.sessions.length === 0 ? [] : await fatesOf(workbench, base, set, faults, options)
  const seen = new Set(faults.filter((_, i) => !notSeen.has(fates[i] ?? 'not-run')))
  const unseen = new Map<string, string[]>()
  for (const { edit, subject, fault } of places)
    if (fault === undefined || !seen.has(fault)) unseen.set(edit, [...(unseen.get(edit) ?? []), subject])
  return unseen
}

const fatesOf = async (
  workbench: Workbench,
  base: string,
  set: Pick<SessionSet, 'modules' | 'sessions'>,
  faults: readonly Fault[],
  options: WeaknessOptions,
): Promise<readonly string[]> => {
  try {
    return (await askOnBase(workbench, base, set, faults, options)).fates
  } catch (error) {
    if (!(error instanceof ReplayBroken)) throw error
    return []
  }
}
