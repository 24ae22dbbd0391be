import { NO_SOURCE_TEXT, type Findings, type Recipe } from '../engine/recipe.ts'
import type { Binding } from '../syntax/scopes.ts'
import { innerNames } from './inner-names.ts'
import { LocalRenames } from './local-renames.ts'
import { isConfusing } from './shadows.ts'

/*
 * Proof obligation. A variable that hides another one of the same name gets a name of its own. Nothing else changes, so
 * that every use means what it meant; what is shown for that stands in renamable.ts, renaming.ts and local-renames.ts. Which
 * shadows are worth a change, shadows.ts says.
 */

const convert = (binding: Binding, renames: LocalRenames, findings: Findings): void => {
  const at = binding.declarations[0]!.identifier
  const problem = renames.problemOf(binding)
  if (problem) return findings.refuse(at, `${binding.name} hides another variable, but ${problem}`)
  const names = innerNames(binding)
  if (names.length === 0)
    return findings.refuse(at, `${binding.name} hides another variable, but the code tells no other name for it`)
  let reason = ''
  for (const name of names) {
    const changes = renames.rename(binding, name)
    if (typeof changes === 'string') {
      reason = changes
      continue
    }
    return findings.edit({
      at,
      title: `${binding.name}, which hides another ${binding.name}, becomes ${name}`,
      reason: `all its uses are in sight and change together; nothing else is called ${name} where it can be seen`,
      changes,
      assumptions: [NO_SOURCE_TEXT],
    })
  }
  findings.refuse(at, `${binding.name} hides another variable, and no name for it is free: ${reason}`)
}

export const shadowedNames: Recipe = {
  id: 'shadowed-names',
  title: 'variables that hide others to names of their own',
  family: 'safety',
  need: { ecmaVersion: 3 },
  find(file, findings) {
    const renames = new LocalRenames(file)
    for (const binding of file.scopes.bindings) {
      if (isConfusing(binding, file.scopes)) convert(binding, renames, findings)
    }
  },
}
