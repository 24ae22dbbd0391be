import { describe, expect, it } from '@jest/globals'
import { fold } from '@iama/kernel'
import { specification } from '@iama/testing'
import { REFRESH_MS, RefreshRefused, sessionDecider, type SessionEvent } from './session.ts'

const at = 1_000
const opened: SessionEvent = { type: 'Opened', token: 't1', expiresAt: at + REFRESH_MS }
const refreshed: SessionEvent = { type: 'Refreshed', token: 't2', expiresAt: at + REFRESH_MS }
const use = (token: string, time = at) => ({ type: 'Refresh', token, next: 'next', at: time }) as const
const { given } = specification(sessionDecider)
const session = (...events: SessionEvent[]) => given(events)

describe('a session', () => {
  it('opens with its first token for 30 days', () => {
    session().when({ type: 'Open', token: 't1', at }).then([opened])
  })

  it('exchanges its current token for the next one, and counts the days anew', () => {
    const expiresAt = at + 5 + REFRESH_MS
    session(opened)
      .when(use('t1', at + 5))
      .then([{ type: 'Refreshed', token: 'next', expiresAt }])
  })

  it('is over when a used token comes back', () => {
    session(opened, refreshed)
      .when(use('t1'))
      .then([{ type: 'Revoked', reason: 'reuse' }])
  })

  it('is over when a used token comes back late', () => {
    session(opened, refreshed)
      .when(use('t1', at + 2 * REFRESH_MS))
      .then([{ type: 'Revoked', reason: 'reuse' }])
  })

  it('refuses a token that it never had', () => {
    session(opened, refreshed).when(use('stranger')).thenRefuses(RefreshRefused)
  })

  it.each([REFRESH_MS, REFRESH_MS + 1])('refuses its token %d ms after it was given', (age) => {
    session(opened)
      .when(use('t1', at + age))
      .thenRefuses(RefreshRefused)
  })

  it('takes its token in the last millisecond', () => {
    const time = at + REFRESH_MS - 1
    session(opened)
      .when(use('t1', time))
      .then([{ type: 'Refreshed', token: 'next', expiresAt: time + REFRESH_MS }])
  })

  it('refuses every token once it is over', () => {
    const over = session(opened, refreshed, { type: 'Revoked', reason: 'logout' })
    over.when(use('t1')).thenRefuses(RefreshRefused)
    over.when(use('t2')).thenRefuses(RefreshRefused)
  })

  it('ends once, however often somebody logs out', () => {
    session(opened)
      .when({ type: 'Revoke' })
      .then([{ type: 'Revoked', reason: 'logout' }])
    session(opened, { type: 'Revoked', reason: 'logout' }).when({ type: 'Revoke' }).then([])
    session().when({ type: 'Revoke' }).then([])
  })

  it('remembers every token that was used', () => {
    const state = fold(sessionDecider, [opened, refreshed, { ...refreshed, token: 't3' }])
    expect(state).toEqual({ state: 'OPEN', current: 't3', used: ['t1', 't2'], expiresAt: at + REFRESH_MS })
  })
})
