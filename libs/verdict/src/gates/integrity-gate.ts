import type { GateDetail, GateResult } from '../types.ts'
import { matchesAny } from './allowance.ts'
import { isApproved } from './approved-manifests.ts'
import { counted, result, sameBytes, textOf, type GateContext } from './context.ts'
import { roleOf } from './file-roles.ts'
import { isEsModule, isOfItsFolder } from './module-kinds.ts'
import { newReach } from './reach.ts'
import { testFiles } from './test-files.ts'

const protectedRoles = new Set(['test', 'snapshot', 'lint', 'ci', 'build', 'manifest'])

const assertion =
  /\b(assert(\.\w+)*|expect|should(\.\w+)+|t\.(ok|notOk|true|false|equals?|is|not|same|deepEqual|strictEqual|notEqual|throws|doesNotThrow|match|fail|pass|truthy|falsy|rejects|plan|end|snapshot))\s*\(/g

const countOf = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length

/** Comments that tell a tool to look away; a patch may not add any. */
const suppression =
  /(eslint-disable|eslint-enable|@ts-ignore|@ts-nocheck|@ts-expect-error|istanbul ignore|c8 ignore|v8 ignore|prettier-ignore|biome-ignore|jshint ignore|tslint:disable|NOSONAR)/g

const skipping = /\b(describe|it|test|t|suite|context)\.(skip|todo|only)\b|\b(xit|xdescribe|fit|fdescribe)\s*\(/g

/** Files that a new `type` in package.json makes something else, though the patch leaves them as they are. */
const otherKinds = ({ input, baseTree, patchedTree }: GateContext): [path: string, kind: string][] => {
  if (input.allow.esModules !== true) return []
  const files = [...patchedTree].sort(([one], [other]) => (one < other ? -1 : 1))
  return files.flatMap(([path, { content }]): [string, string][] => {
    const before = baseTree.get(path)
    if (before === undefined || !sameBytes(before.content, content)) return []
    if (!isOfItsFolder(patchedTree, path)) return []
    const isNow = isEsModule(patchedTree, path)
    return isNow === isEsModule(baseTree, path) ? [] : [[path, isNow ? 'an ES module' : 'CommonJS']]
  })
}

const changesOf = (context: GateContext): GateDetail[] => {
  const { input, baseTree, patchedTree } = context
  const found: GateDetail[] = []
  const add = (path: string, message: string): void => void found.push({ kind: 'file', subject: path, message })
  const tests = testFiles(context)
  for (const path of context.changed) {
    const role = tests.has(path) ? 'test' : roleOf(path)
    const before = textOf(baseTree, path)
    const after = textOf(patchedTree, path)
    const allowed = matchesAny(path, input.allow.files)
    const created = !baseTree.has(path)
    if (countOf(after, suppression) > countOf(before, suppression))
      add(path, 'a comment was added that silences a checker')
    if (!protectedRoles.has(role)) continue
    if (allowed || isApproved(context, path)) {
      const removed = countOf(before, assertion) - countOf(after, assertion)
      if (role === 'test' && removed > 0) add(path, `${counted(removed, 'assertion')} removed`)
      if (role === 'test' && countOf(after, skipping) > countOf(before, skipping))
        add(path, 'a test is skipped or singled out')
    } else
      add(
        path,
        `${created ? 'a' : 'the'} ${role} file was ${created ? 'added' : patchedTree.has(path) ? 'changed' : 'removed'}`,
      )
  }
  for (const [path, kind] of otherKinds(context))
    add(path, `it is loaded as ${kind} now, and nothing in it was changed`)
  for (const [path, gained] of newReach(baseTree, patchedTree, context.changed))
    if (!matchesAny(path, input.allow.files))
      add(path, `it reaches for what the code did not use before: ${gained.join(', ')}`)
  return found
}

/**
 * Gate 5: no test, snapshot, lint, build or CI file changed, no assertion removed and nothing new within the code's
 * reach by which it could tell the sandbox from the world, unless the spec says so.
 */
export const integrityGate = async (context: GateContext): Promise<GateResult> => {
  const found = changesOf(context)
  if (found.length > 0) return result('integrity', 'fail', counted(found.length, 'protected change'), found)
  return result('integrity', 'pass', 'tests, snapshots, lint and build settings are as they were')
}
