import type { Edit, Patch } from './edit.ts'
import { closureOf } from './select.ts'

/** A part of a patch that a reviewer reads at once. */
export interface PatchStep {
  readonly recipe: string
  /** Ids, in the patch's own order. */
  readonly edits: readonly string[]
}

/** Edits of a recipe are alike; of a model's edits each is a thought of its own. */
const nameOf = ({ recipe, id }: Edit): string => (recipe === 'model' ? id : recipe)

/** The edits that are still to come and have to come with the named ones, or before them. */
const neededBy = (patch: Patch, name: string, left: ReadonlySet<string>): ReadonlySet<string> => {
  const names = new Set([name])
  const needed = new Set<string>()
  for (let before = -1; before !== needed.size;) {
    before = needed.size
    const ids = patch.edits.filter((edit) => names.has(nameOf(edit))).map(({ id }) => id)
    for (const id of closureOf(patch, ids)) if (left.has(id)) needed.add(id)
    for (const edit of patch.edits) if (needed.has(edit.id)) names.add(nameOf(edit))
  }
  return needed
}

const namesOf = (edits: readonly Edit[]): string[] => [...new Set(edits.map(nameOf))]

/** Joins the two neighbours with the fewest edits until there are no more than allowed. */
const joined = (steps: readonly PatchStep[], most: number): readonly PatchStep[] => {
  const list = [...steps]
  while (list.length > Math.max(1, most)) {
    const sizes = list.slice(1).map((step, i) => step.edits.length + list[i]!.edits.length)
    const at = sizes.indexOf(Math.min(...sizes))
    const [one, other] = list.slice(at, at + 2) as [PatchStep, PatchStep]
    list.splice(at, 2, { recipe: `${one.recipe}, ${other.recipe}`, edits: [...one.edits, ...other.edits] })
  }
  return list
}

/**
 * A patch in the order in which it is best read: a step a recipe, what others need before them, else as the patch has
 * them. Recipes that need each other are one step. The edits of the first n steps are closed under dependencies: they
 * make a patch that applies to the same base.
 * @param most steps; beyond that the smallest neighbours are joined
 */
export const stepsOf = (patch: Patch, most: number): readonly PatchStep[] => {
  const steps: PatchStep[] = []
  const left = new Set(patch.edits.map(({ id }) => id))
  while (left.size > 0) {
    const open = patch.edits.filter(({ id }) => left.has(id))
    const first = neededBy(patch, nameOf(open[0]!), left)
    // of what the first one needs, the smallest closed part needs nothing more
    const within = namesOf(open.filter(({ id }) => first.has(id))).map((name) => neededBy(patch, name, left))
    const next = within.reduce((least, one) => (one.size < least.size ? one : least), first)
    const edits = open.filter(({ id }) => next.has(id))
    steps.push({ recipe: [...new Set(edits.map(({ recipe }) => recipe))].join(', '), edits: edits.map(({ id }) => id) })
    for (const { id } of edits) left.delete(id)
  }
  return joined(steps, most)
}
