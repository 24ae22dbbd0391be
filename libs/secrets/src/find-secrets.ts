import { scannable, type Finding, type Rule } from './finding.ts'
import { commandOptions, pairs, plainAssignments, quotedAssignments } from './rules/assignments.ts'
import { credentials } from './rules/credentials.ts'
import { knownFormats } from './rules/known-formats.ts'
import { privateKeys, puttyKeys } from './rules/private-keys.ts'
import { secretlintFindings } from './secretlint.ts'

/** In the order in which they name what several of them find. */
const rules: readonly Rule[] = [
  privateKeys,
  puttyKeys,
  ...knownFormats,
  ...credentials,
  quotedAssignments,
  plainAssignments,
  commandOptions,
  pairs,
]

/** Everything in a text that looks like a secret; ranges may overlap. */
export const findSecrets = async (text: string): Promise<Finding[]> => {
  const read = scannable(text)
  return [...rules.flatMap((rule) => [...rule(read)]), ...(await secretlintFindings(read))]
}
