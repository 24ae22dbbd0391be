import { describe, expect, it } from '@jest/globals'
import { tenantKeys } from './data-keys.ts'

describe('keys of tenants', () => {
  const keys = tenantKeys((tenantId) => Promise.resolve({ key: Buffer.from(tenantId), version: 2 }))

  it('are the newest, or the version that there is', async () => {
    expect(await keys.dataKey({ tenantId: 'a' })).toEqual({ key: Buffer.from('a'), version: 2 })
    expect(await keys.dataKey({ tenantId: 'a' }, 2)).toEqual({ key: Buffer.from('a'), version: 2 })
  })

  it('never stand in for the key of a person, or for another version', async () => {
    await expect(keys.dataKey({ tenantId: 'a', subjectId: 'p' })).rejects.toThrow('no keys of single persons')
    await expect(keys.dataKey({ tenantId: 'a' }, 1)).rejects.toThrow('no version 1')
  })
})
