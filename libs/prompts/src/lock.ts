import { createHash } from 'node:crypto'
import { DomainError } from '@iama/kernel'

import type { RegisteredPrompt } from './registry.ts'

/** What a version renders, for good. */
export interface LockEntry {
  readonly id: string
  readonly version: number
  /** Hex SHA-256 of the renderings of the samples. */
  readonly rendering: string
  /** Hex SHA-256 of this entry and the chain of the one before: an old entry cannot be edited by itself. */
  readonly chain: string
}

/** A prompt and the lock file disagree. */
export class PromptChanged extends DomainError {
  readonly code = 'PROMPT_CHANGED'
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const renderingOf = (prompt: RegisteredPrompt): string => sha256(JSON.stringify(prompt.renderSamples()))

const chainOf = (before: string, { id, version, rendering }: Omit<LockEntry, 'chain'>): string =>
  sha256(JSON.stringify([before, id, version, rendering]))

/** A sentence for everything in which prompts and lock differ. */
export const lockProblems = (prompts: readonly RegisteredPrompt[], lock: readonly LockEntry[]): string[] => {
  const problems: string[] = []
  lock.forEach((entry, at) => {
    if (entry.chain !== chainOf(lock[at - 1]?.chain ?? '', entry))
      problems.push(`${entry.id}@${entry.version}: the record was edited; restore prompts.lock.json`)
    const before = lock.slice(0, at).filter(({ id }) => id === entry.id).length
    if (entry.version !== before + 1) problems.push(`${entry.id}@${entry.version}: version ${before + 1} comes first`)
    if (!prompts.some(({ id }) => id === entry.id)) problems.push(`${entry.id}: recorded, but there is no such prompt`)
  })
  for (const prompt of prompts) {
    const { id, version } = prompt
    const last = lock.findLast((entry) => entry.id === id)
    const recorded = lock.find((entry) => entry.id === id && entry.version === version)
    if (recorded === undefined) problems.push(`${id}@${version}: not recorded; run node libs/prompts/tools/lock.ts`)
    else if (recorded.rendering !== renderingOf(prompt))
      problems.push(`${id}@${version}: its text changed; make it version ${last!.version + 1}`)
    else if (last !== recorded) problems.push(`${id}@${version}: version ${last!.version} is recorded already`)
  }
  return problems
}

/**
 * The lock with new versions of prompts recorded at its end. What is recorded stays.
 * @throws PromptChanged when a text changed without a new version, or the lock was edited
 */
export const recordVersions = (prompts: readonly RegisteredPrompt[], lock: readonly LockEntry[]): LockEntry[] => {
  const result = [...lock]
  for (const prompt of prompts) {
    const { id, version } = prompt
    if (lock.some((entry) => entry.id === id && entry.version === version)) continue
    const entry = { id, version, rendering: renderingOf(prompt) }
    result.push({ ...entry, chain: chainOf(result.at(-1)?.chain ?? '', entry) })
  }
  const problems = lockProblems(prompts, result)
  if (problems.length > 0) throw new PromptChanged(problems.join('\n'))
  return result
}
