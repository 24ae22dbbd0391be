import ts from 'typescript'

import { NO_SOURCE_TEXT, type Findings, type Recipe } from '../engine/recipe.ts'
import type { Binding } from '../syntax/scopes.ts'
import { LocalRenames } from './local-renames.ts'
import { isVariable } from './renamable.ts'

/*
 * Proof obligation. A local name that strays from how its file writes names of several words gets written as the others
 * are. Nothing else changes, so that every use means what it meant; what is shown for that stands in renamable.ts,
 * renaming.ts and local-renames.ts: exports, properties and whatever gives a function its name stay.
 *
 * A file has a convention when nine of ten of its local names of several words follow it, and there are ten at least.
 * Only `camelCase` and `snake_case` are told apart: constants in capitals, names of classes, single words, leading and
 * trailing underscores, numbers as words and runs of capitals stay. So does a name that a property has as well, in a
 * pattern or a literal without a key of its own: whoever wrote it took over what it is called elsewhere.
 */

const LEAST_NAMES = 10
const CLEAR_SHARE = 0.9

type Style = 'camelCase' | 'snake_case'

const styles: readonly (readonly [Style, RegExp])[] = [
  ['camelCase', /^[a-z][a-z0-9]*[A-Z][A-Za-z0-9]*$/],
  ['snake_case', /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/],
]

const styleOf = (name: string): Style | undefined => styles.find(([, pattern]) => pattern.test(name))?.[0]

/** A name in the other style; undefined where its words cannot be told apart for certain. */
const written = (name: string, style: Style): string | undefined => {
  if (style === 'camelCase')
    return /_[0-9]/.test(name) ? undefined : name.replace(/_([a-z])/g, (_, first: string) => first.toUpperCase())
  return /[A-Z]{2}|[A-Z]$/.test(name) ? undefined : name.replace(/[A-Z]/g, (first) => `_${first.toLowerCase()}`)
}

/** How a file writes its local names, where that is clear. */
const conventionOf = (locals: readonly Binding[]): Style | undefined => {
  const told = [...new Set(locals.map(({ name }) => name))].flatMap((name) => styleOf(name) ?? [])
  if (told.length < LEAST_NAMES) return undefined
  return styles
    .map(([style]) => style)
    .find((style) => told.filter((each) => each === style).length >= told.length * CLEAR_SHARE)
}

/** Whether a property has the name of a variable: `{ user_name }`, in a pattern or a literal. */
const mirrorsProperty = ({ declarations, references }: Binding): boolean =>
  [...declarations, ...references].some(
    ({ identifier: { parent } }) =>
      ts.isShorthandPropertyAssignment(parent) ||
      (ts.isBindingElement(parent) && !parent.propertyName && ts.isObjectBindingPattern(parent.parent)),
  )

const convert = (binding: Binding, style: Style, renames: LocalRenames, findings: Findings): void => {
  const at = binding.declarations[0]!.identifier
  const name = written(binding.name, style)
  if (name === undefined) return findings.refuse(at, `the words of ${binding.name} cannot be told apart`)
  if (mirrorsProperty(binding)) return findings.refuse(at, `${binding.name} is the name of a property as well`)
  const changes = renames.rename(binding, name)
  if (typeof changes === 'string') return findings.refuse(at, `${binding.name} is not in ${style}, but ${changes}`)
  findings.edit({
    at,
    title: `${binding.name} becomes ${name}, in ${style} as the other names of the file`,
    reason: `all its uses are in sight and change together; nothing else is called ${name} where it can be seen`,
    changes,
    assumptions: [NO_SOURCE_TEXT],
  })
}

export const namingConventions: Recipe = {
  id: 'naming-conventions',
  title: 'local names to the convention of their file',
  family: 'structure',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    const locals = file.scopes.bindings.filter(isVariable)
    const style = conventionOf(locals)
    if (style === undefined) return
    const renames = new LocalRenames(file)
    for (const binding of locals) {
      const own = styleOf(binding.name)
      if (own !== undefined && own !== style) convert(binding, style, renames, findings)
    }
  },
}
