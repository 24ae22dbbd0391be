import type { Seeded } from '../sessions/seeded.ts'
import { arrayShapes, objectShapes, oddFor, putOdd, type Draft } from './odd-values.ts'
import { openSlot, type Slot } from './slots.ts'

/** The input of a slot's step with every odd value in its place; or with its object in every odd shape, where it can be. */
export const oddDrafts = (slot: Slot, random: Seeded): (() => Draft | undefined)[] => {
  if (slot.kind !== 'value')
    return (slot.kind === 'array' ? arrayShapes : objectShapes).map((reshape) => () => {
      const { draft, node } = openSlot(slot)
      return node !== undefined && reshape(draft, node, random) ? draft : undefined
    })
  const { draft, list, at } = openSlot(slot)
  return oddFor(draft, list[at]).map((value) => () => {
    const opened = openSlot(slot)
    putOdd(opened.draft, opened.list, opened.at, value)
    return opened.draft
  })
}
