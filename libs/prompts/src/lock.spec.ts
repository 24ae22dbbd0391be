import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'

import { lockProblems, PromptChanged, recordVersions, type LockEntry } from './lock.ts'
import { prompts, type RegisteredPrompt } from './registry.ts'

const kept = JSON.parse(readFileSync(new URL('../prompts.lock.json', import.meta.url), 'utf8')) as LockEntry[]

const text = (content: string, version = 1, id = 'greet'): RegisteredPrompt => ({
  id,
  version,
  renderSamples: () => [[{ role: 'user', content }]],
})
const other = text('unrelated', 1, 'other')

describe('prompts.lock.json', () => {
  it('is what the prompts render', () => {
    expect(lockProblems(prompts, kept)).toEqual([])
    expect(recordVersions(prompts, kept)).toEqual(kept)
  })

  it('knows each prompt, and ids are their own', () => {
    const ids = prompts.map(({ id }) => id)
    expect(ids).toEqual([
      'proposal',
      'score',
      'spec',
      'clarify',
      'reanalysis',
      'characterization',
      'refactor',
      'repair',
      'mend-output',
    ])
  })

  it.each(prompts.map((prompt) => [prompt.id, prompt] as const))('finds one changed letter of %s', (id, prompt) => {
    const changed: RegisteredPrompt = {
      ...prompt,
      renderSamples: () =>
        prompt.renderSamples().map((messages, n) => {
          const [first, ...rest] = messages
          return n === 0 ? [{ ...first!, content: `${first!.content} ` }, ...rest] : messages
        }),
    }
    const all = prompts.map((each) => (each.id === id ? changed : each))
    expect(lockProblems(all, kept)).toEqual([
      `${id}@${prompt.version}: its text changed; make it version ${prompt.version + 1}`,
    ])
    expect(() => recordVersions(all, kept)).toThrow(PromptChanged)
    const next = all.map((each) => (each.id === id ? { ...changed, version: prompt.version + 1 } : each))
    expect(recordVersions(next, kept).slice(0, kept.length)).toEqual(kept)
  })
})

describe('recording', () => {
  const first = recordVersions([text('hello'), other], [])
  const second = recordVersions([text('hello, you', 2), other], first)

  it('adds new versions and keeps old ones', () => {
    expect(second.map(({ id, version }) => `${id}@${version}`)).toEqual(['greet@1', 'other@1', 'greet@2'])
    expect(second.slice(0, 2)).toEqual(first)
  })

  it('refuses a version that leaves one out, and a way back', () => {
    expect(() => recordVersions([text('hello, you', 3), other], first)).toThrow('greet@3: version 2 comes first')
    expect(lockProblems([text('hello'), other], second)).toEqual(['greet@1: version 2 is recorded already'])
  })

  it('finds a record that was edited, also of a version that is no longer rendered', () => {
    const edited = second.map((entry, at) => (at === 0 ? { ...entry, rendering: second[2]!.rendering } : entry))
    expect(lockProblems([text('hello, you', 2), other], edited)).toContain(
      'greet@1: the record was edited; restore prompts.lock.json',
    )
    expect(() => recordVersions([text('hello!', 3), other], edited)).toThrow(PromptChanged)
  })

  it('finds a record that was removed, and a prompt that was', () => {
    expect(lockProblems([text('hello, you', 2), other], second.slice(1))).not.toEqual([])
    expect(lockProblems([text('hello')], first)).toEqual(['other: recorded, but there is no such prompt'])
  })
})
