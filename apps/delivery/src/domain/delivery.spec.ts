import { describe, expect, it } from '@jest/globals'
import { applied, DeliveryOutOfOrder, reverted, takesBundle, TreeDiffers, type Delivery } from './delivery.ts'

const at = new Date('2026-05-17T12:00:00Z')
const prepared: Delivery = {
  jobId: 'j',
  state: 'PREPARED',
  patch: 'p1',
  baseTreeHash: 'base',
  patchedTreeHash: 'patched',
  preparedAt: at,
  appliedAt: null,
  revertedAt: null,
}
const inTree = applied(prepared, 'patched', at)!
const takenBack = reverted(inTree, 'base', at)!

describe('a delivery', () => {
  it('is applied, then reverted, each once however often it is told', () => {
    expect(inTree).toMatchObject({ state: 'APPLIED', appliedAt: at, revertedAt: null })
    expect(takenBack).toMatchObject({ state: 'REVERTED', appliedAt: at, revertedAt: at })
    expect(applied(inTree, 'patched', at)).toBeUndefined()
    expect(reverted(takenBack, 'base', at)).toBeUndefined()
  })

  it('is not reverted before it was applied, nor applied after it was reverted', () => {
    expect(() => reverted(prepared, 'base', at)).toThrow(DeliveryOutOfOrder)
    expect(() => applied(takenBack, 'patched', at)).toThrow(DeliveryOutOfOrder)
  })

  it('refuses a tree that the patch does not lead to, also when it is told again', () => {
    for (const delivery of [prepared, inTree]) expect(() => applied(delivery, 'base', at)).toThrow(TreeDiffers)
    for (const delivery of [inTree, takenBack]) expect(() => reverted(delivery, 'patched', at)).toThrow(TreeDiffers)
    expect(applied(prepared, '', at)).toMatchObject({ state: 'APPLIED' }) // a client that cannot hash its tree
  })

  it('gives way to a later patch as long as it was not applied', () => {
    expect(takesBundle(undefined, 'p1')).toBe(true)
    expect(takesBundle(prepared, 'p2')).toBe(true)
    for (const delivery of [prepared, inTree, takenBack]) expect(takesBundle(delivery, 'p1')).toBe(false)
    for (const delivery of [inTree, takenBack]) expect(() => takesBundle(delivery, 'p2')).toThrow(DeliveryOutOfOrder)
  })
})
