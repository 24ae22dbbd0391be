import { describe, expect, it } from '@jest/globals'
import { Accounts } from './accounts.ts'

const whole = '         0          0 4294967295\n'
const container = '         0     100000      65536\n'

describe('the accounts of sandboxes', () => {
  it('are their own where the service is root, and never an ordinary one', () => {
    const accounts = new Accounts(true, whole)
    const ids = Array.from({ length: 200 }, (_, i) => accounts.claim(`sandbox-${i}`)!.uid)
    expect(new Set(ids).size).toBe(200)
    expect(Math.min(...ids)).toBeGreaterThanOrEqual(1_500_000_000)
  })

  it('fit into the ids that a container has', () => {
    const { uid } = new Accounts(true, container).claim('a')!
    expect(uid).toBeGreaterThanOrEqual(30_000)
    expect(uid).toBeLessThan(60_000)
  })

  it('are the same for the same sandbox, also in another process', () => {
    expect(new Accounts(true, whole).claim('a')).toEqual(new Accounts(true, whole).claim('a'))
  })

  it('are the service’s own where it is not root, or has no ids to give', () => {
    expect(new Accounts(false, whole).claim('a')).toBeUndefined()
    expect(new Accounts(true, '0 1000 1\n').separate).toBe(false)
  })
})
