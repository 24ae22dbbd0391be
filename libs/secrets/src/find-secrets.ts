import type { Finding, Rule } from './finding.ts'
import { commandOptions, namedValues, pairs, plainAssignments, quotedAssignments, tagged } from './rules/assignments.ts'
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
  namedValues,
  tagged,
]

/** Everything in a text that looks like a secret; ranges may overlap. @param read a text as `scannable` gives it */
export const findSecrets = async (read: string): Promise<Finding[]> => [
  ...rules.flatMap((rule) => [...rule(read)]),
  ...(await secretlintFindings(read)),
]
