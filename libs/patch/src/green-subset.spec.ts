import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import type { Patch } from './edit.ts'
import { maximalGreenSubset } from './green-subset.ts'
import { closureOf, selectEdits, withoutEdits } from './select.ts'
import { editOf, patchOf } from './testing.ts'

const patchWith = (links: readonly (readonly number[])[]): Patch =>
  patchOf(
    ...links.map((dependencies, n) =>
      editOf(
        `e${n}`,
        [{ type: 'create_file', path: `f${n}`, text: '' }],
        dependencies.map((d) => `e${d}`),
      ),
    ),
  )

const idsOf = (patch: Patch) => patch.edits.map((edit) => edit.id)

/** Edits that each depend on some earlier ones. */
const patches = fc
  .array(fc.array(fc.nat(), { maxLength: 2 }), { minLength: 1, maxLength: 24 })
  .map((links) => patchWith(links.map((link, n) => (n === 0 ? [] : [...new Set(link.map((d) => d % n))]))))

describe('maximalGreenSubset', () => {
  it('is green, closed, and no dropped edit can come back, whatever makes subsets red', async () => {
    // a subset is red when it contains all of a bad combination, unless it also contains the combination's cure
    const rules = fc.array(
      fc.record({ bad: fc.array(fc.nat(23), { minLength: 1, maxLength: 3 }), cure: fc.option(fc.nat(23)) }),
      { maxLength: 5 },
    )
    await fc.assert(
      fc.asyncProperty(patches, rules, async (patch, combinations) => {
        const isGreen = async (part: Patch) => {
          const ids = new Set(idsOf(part))
          return combinations.every(
            ({ bad, cure }) => !bad.every((n) => ids.has(`e${n}`)) || (cure !== null && ids.has(`e${cure}`)),
          )
        }
        const found = await maximalGreenSubset(patch, isGreen, 100_000)
        expect(found.maximal).toBe(true)
        expect(await isGreen(found.patch)).toBe(true)
        const kept = idsOf(found.patch)
        expect(kept).toEqual(idsOf(selectEdits(patch, kept)))
        expect([...kept, ...idsOf(patchOf(...found.dropped))].sort()).toEqual(idsOf(patch).sort())
        for (const edit of found.dropped) {
          expect(await isGreen(selectEdits(patch, [...kept, ...closureOf(patch, [edit.id])]))).toBe(false)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('asks once when all is green, and few times when one of many is red', async () => {
    const patch = patchWith(Array.from({ length: 128 }, () => []))
    expect(await maximalGreenSubset(patch, async () => true, 50)).toMatchObject({ runs: 1, maximal: true, dropped: [] })
    const found = await maximalGreenSubset(patch, async (part) => !idsOf(part).includes('e77'), 50)
    expect(found).toMatchObject({ maximal: true, dropped: [{ id: 'e77' }] })
    expect(found.runs).toBeLessThanOrEqual(17)
  })

  it('never asks more often than allowed, and says that it is not sure', async () => {
    await fc.assert(
      fc.asyncProperty(patches, fc.nat(12), async (patch, maxRuns) => {
        let asked = 0
        const isGreen = async (part: Patch) => {
          asked++
          return idsOf(part).every((id) => Number(id.slice(1)) % 3 !== 1)
        }
        const found = await maximalGreenSubset(patch, isGreen, maxRuns)
        expect(asked).toBe(found.runs)
        expect(asked).toBeLessThanOrEqual(maxRuns)
        if (found.patch.edits.length > 0) expect(await isGreen(found.patch)).toBe(true)
      }),
    )
  })

  it('passes on what the check throws', async () => {
    const broken = maximalGreenSubset(patchWith([[]]), () => Promise.reject(new Error('sandbox lost')), 5)
    await expect(broken).rejects.toThrow('sandbox lost')
  })
})

describe('selections', () => {
  const patch = patchWith([[], [0], [1], []])

  it('bring what they depend on', () => {
    expect(idsOf(selectEdits(patch, ['e2']))).toEqual(['e0', 'e1', 'e2'])
  })

  it('leave out what depends on what is left out', () => {
    expect(idsOf(withoutEdits(patch, ['e1']))).toEqual(['e0', 'e3'])
  })

  it('refuse an unknown edit', () => {
    expect(() => selectEdits(patch, ['e9'])).toThrow('no edit e9')
    expect(() => withoutEdits(patch, ['e9'])).toThrow('no edit e9')
  })
})
