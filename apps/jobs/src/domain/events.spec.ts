import { describe, expect, it } from '@jest/globals'
import { isCommanded, isStored, type JobEvent } from './events.ts'
import * as story from './job.fixtures.ts'

const beat: JobEvent = { type: 'ClientSeen', at: story.noon, cause: { by: story.user } }

describe('an event', () => {
  it('is kept in the log, unless it is a mere sign of life', () => {
    expect(isStored(story.started)).toBe(true)
    expect(isStored(story.pinned)).toBe(true)
    expect(isStored(beat)).toBe(false)
  })

  it('wakes the worker when a person caused it, but not when the worker did', () => {
    expect(isCommanded(story.started)).toBe(true)
    expect(isCommanded(story.stopped)).toBe(true)
    expect(isCommanded(story.pinned)).toBe(false)
    expect(isCommanded(beat)).toBe(false)
  })
})
