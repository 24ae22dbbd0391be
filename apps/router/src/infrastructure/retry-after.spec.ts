import { describe, expect, it } from '@jest/globals'
import { retryAfterOf } from './retry-after.ts'

const now = Date.UTC(2026, 0, 15, 12)
const after = (headers: Record<string, string>) => retryAfterOf(new Headers(headers), now)

describe('when a provider may be asked again', () => {
  it.each([
    [{ 'retry-after': '2' }, 2_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Thu, 15 Jan 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Thu, 15 Jan 2026 11:00:00 GMT' }, 0],
    [{ 'llm_provider-retry-after': '4' }, 4_000],
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1_500],
    [{ 'retry-after': '86400' }, 15 * 60_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-3' }, undefined],
    [{}, undefined],
  ])('is read from %j', (headers, expected) => {
    expect(after(headers as Record<string, string>)).toBe(expected)
  })
})
