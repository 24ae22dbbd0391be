import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import type { Edit, Patch } from './edit.ts'
import { selectEdits } from './select.ts'
import { stepsOf } from './steps.ts'
import { editOf, patchOf } from './testing.ts'

const edit = (id: string, recipe: string, dependsOn: readonly string[] = []): Edit => ({
  ...editOf(id, [{ type: 'create_file', path: id, text: '' }], dependsOn),
  recipe,
})

const idsOf = ({ edits }: Patch): string[] => edits.map(({ id }) => id)

describe('stepsOf', () => {
  it('makes a step of each recipe, in the order of the patch', () => {
    const patch = patchOf(edit('a', 'let-const'), edit('b', 'template'), edit('c', 'let-const'), edit('d', 'template'))

    expect(stepsOf(patch, 8)).toEqual([
      { recipe: 'let-const', edits: ['a', 'c'] },
      { recipe: 'template', edits: ['b', 'd'] },
    ])
  })

  it('puts what a step needs before it, and recipes that need each other together', () => {
    const patch = patchOf(
      edit('a', 'arrow', ['floor']),
      edit('b', 'spread', ['c']),
      edit('c', 'rest', ['d']),
      edit('d', 'spread'),
      edit('floor', 'raise-floor'),
    )

    expect(stepsOf(patch, 8)).toEqual([
      { recipe: 'raise-floor', edits: ['floor'] },
      { recipe: 'arrow', edits: ['a'] },
      { recipe: 'spread, rest', edits: ['b', 'c', 'd'] },
    ])
  })

  it('keeps the edits of a model apart', () => {
    expect(stepsOf(patchOf(edit('a', 'model'), edit('b', 'model')), 8)).toHaveLength(2)
  })

  it('joins the smallest neighbours when there are too many', () => {
    const patch = patchOf(
      edit('a', 'x'),
      edit('b', 'x'),
      edit('c', 'y'),
      edit('d', 'z'),
      edit('e', 'v'),
      edit('f', 'v'),
    )

    expect(stepsOf(patch, 3)).toEqual([
      { recipe: 'x', edits: ['a', 'b'] },
      { recipe: 'y, z', edits: ['c', 'd'] },
      { recipe: 'v', edits: ['e', 'f'] },
    ])
  })

  it('cuts every patch into steps of which the first ones never need a later one', () => {
    const patches = fc
      .array(
        fc.record({ recipe: fc.constantFrom('x', 'y', 'z', 'model'), needs: fc.array(fc.nat(), { maxLength: 2 }) }),
        {
          maxLength: 20,
        },
      )
      .map((drafts) =>
        patchOf(
          ...drafts.map(({ recipe, needs }, i) =>
            edit(
              `e${i}`,
              recipe,
              needs.map((n) => `e${n % drafts.length}`),
            ),
          ),
        ),
      )
    fc.assert(
      fc.property(patches, fc.integer({ min: 1, max: 6 }), (patch, most) => {
        const steps = stepsOf(patch, most)
        expect(steps.length).toBeLessThanOrEqual(most)
        expect(steps.flatMap(({ edits }) => edits).sort()).toEqual(idsOf(patch).sort())
        steps.forEach((_, i) => {
          const until = steps.slice(0, i + 1).flatMap(({ edits }) => edits)
          expect(idsOf(selectEdits(patch, until)).sort()).toEqual([...until].sort())
        })
      }),
    )
  })
})
