import { treeHash, type Tree } from '@iama/patch'
import { writeCharacterizationTests, type Checks, type SessionSet, type WeakPlace } from '@iama/verdict'
import type { TestsSummary } from '../../application/findings.ts'
import type { Characterized } from '../../application/ports.ts'
import { readPackageJson, toBytes } from './documents.ts'

/** What a person or a model is told of; the rest is counted nowhere. */
const MOST_WEAK_PLACES = 60

/** Everything that is pinned now, for people and for later steps. */
export const toPinned = (
  sessions: SessionSet,
  tree: Tree,
  checks: Checks,
  {
    weakPlaces = [],
    exerciseNotes = [],
  }: { weakPlaces?: readonly WeakPlace[]; exerciseNotes?: readonly string[] } = {},
): Characterized => ({
  tests: { ...toSummary(sessions), exerciseNotes },
  sessions: toBytes(sessions),
  tree: treeHash(tree),
  written: toBytes(writtenTests(sessions, tree, checks)),
  weakPlaces: weakPlaces.slice(0, MOST_WEAK_PLACES).map(toSentence),
})

const toSentence = ({ file, line, description }: WeakPlace): string => `${file}:${line} ${description}`

/** The sessions as tests in the project's own runner, by path; what cannot be written as plain code stays evidence. */
const writtenTests = (sessions: SessionSet, tree: Tree, checks: Checks): Record<string, string> =>
  Object.fromEntries(
    writeCharacterizationTests(sessions, {
      runner: checks.leaves.find(({ kind }) => kind === 'test')?.runner ?? 'unknown',
      moduleType: readPackageJson(tree)['type'] === 'module' ? 'module' : 'commonjs',
      files: [...tree.keys()],
      tree,
    }),
  )

const toSummary = ({ sessions, counts, covered, notCovered }: SessionSet): Omit<TestsSummary, 'exerciseNotes'> => ({
  sessions: sessions.length,
  steps: sessions.reduce((sum, session) => sum + session.steps.length, 0),
  unstable: counts.unstable + counts.notReproduced,
  coveredExports: covered.filter((each) => each.sessions > 0).length,
  notCovered: notCovered.map(({ module, reason }) => `${module}: ${reason}`),
  exercised: counts.exercised ?? 0,
})
