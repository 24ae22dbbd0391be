import { raisesFloor } from '../floor/raise.ts'
import { allRecipes } from '../recipes/all.ts'
import type { Analysis, Floor, Proposal, RenderedSpec, Transformed } from '../types.ts'

const floorText = ({ ecmaVersion, node }: Floor): string =>
  `ES${ecmaVersion}${node ? ` on Node ${node} and newer` : ''}`

/** Recipes that run only when they are asked for by name, and what comes with a raised floor. */
const otherTitles: Readonly<Record<string, string>> = {
  'raise-floor': 'Raise the language floor',
  'rename-symbol': 'Rename a variable',
  'parameter-object': 'One object for the parameters',
  'es-modules': 'ES modules instead of CommonJS',
}

const titleOf = (id: string): string => allRecipes.find((recipe) => recipe.id === id)?.title ?? otherTitles[id] ?? id

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('|', '\\|').trim()

const counts = (transformed: Transformed | undefined): [string, number][] => {
  const found = new Map<string, number>()
  for (const { recipe } of transformed?.patch.edits ?? []) found.set(recipe, (found.get(recipe) ?? 0) + 1)
  return [...found]
}

const bdd = (proposal: Proposal, analysis: Analysis): string => {
  const name = analysis.package.name ?? 'the project'
  const modules = analysis.package.importableModules.length
  const added =
    proposal.newFiles.length === 0 || proposal.kind === 'modules'
      ? []
      : [
          '',
          '  Scenario: New files hold what stood in others',
          '    When the patch is applied',
          ...proposal.newFiles.map((path, at) => `    ${at === 0 ? 'Then' : 'And'} ${path} is a new module`),
          '    And every module that was there exports what it did',
        ]
  const converted =
    proposal.kind === 'modules'
      ? [
          '',
          '  Scenario: The package consists of ES modules',
          '    When the patch is applied',
          '    Then package.json says that its files are ES modules',
          ...proposal.newFiles.map((path) => `    And ${path} says that the files beside it stay CommonJS`),
          '    And require still gives whoever stands outside the same values',
          '    And only functions and classes without a name are called as what they are exported as',
        ]
      : []
  const raise = raisesFloor(proposal)
    ? [
        '',
        '  Scenario: The language floor rises, and says so',
        `    Given the floor is ${floorText(proposal.floorBefore)}`,
        '    When the patch is applied',
        `    Then package.json requires Node ${proposal.floorAfter.node ?? ''} or newer`,
        '    And the linter accepts the language of that version',
        '    And the next release is a major version',
      ]
    : []
  return [
    `Feature: ${oneLine(proposal.title)}`,
    `  ${oneLine(name)} is refactored, and nobody who uses it can tell.`,
    '',
    '  Background:',
    `    Given the ${proposal.files.length} files in the approved scope`,
    '',
    "  Scenario: The project's own tests stay green",
    '    Given every test that passes before the patch',
    '    When the patch is applied',
    '    Then the same tests pass, and none is skipped or missing',
    '',
    '  Scenario: Recorded behaviour stays the same',
    '    Given the sessions recorded on the untouched code',
    '    When they are replayed on the patched code',
    '    Then every result, error, callback and side effect is the same',
    '',
    '  Scenario: The surface stays the same',
    `    Given the ${modules} modules that users can import`,
    '    When the patch is applied',
    '    Then names, kinds, arity, constructability and strictness of all exports are unchanged',
    '',
    '  Scenario: Nothing else is touched',
    '    When the patch is applied',
    '    Then only the files in the approved scope differ',
    '    And no test, snapshot or CI file differs',
    ...added,
    ...converted,
    ...raise,
    '',
  ].join('\n')
}

const sdd = (proposal: Proposal, analysis: Analysis, transformed: Transformed | undefined): string => {
  const rows = counts(transformed).map(([recipe, count]) => `| ${titleOf(recipe)} | \`${recipe}\` | ${count} |`)
  const assumptions = new Set(
    transformed?.patch.edits.flatMap(({ evidence }) => (evidence.kind === 'proven' ? evidence.assumptions : [])) ?? [],
  )
  const refusals = new Map<string, number>()
  for (const { recipe } of transformed?.refused ?? []) refusals.set(recipe, (refusals.get(recipe) ?? 0) + 1)
  const evidence = analysis.floor.evidence.map(
    ({ source, value, detail }) => `- ${oneLine(source)}: \`${oneLine(value)}\` (${oneLine(detail)})`,
  )
  const optional = (title: string, lines: readonly string[]): string[] =>
    lines.length ? ['', title, '', ...lines] : []
  return [
    `# ${oneLine(proposal.title)}`,
    '',
    proposal.summary,
    ...optional(
      '## What gets worse',
      proposal.metrics.worse.map((each) => `- ${each}`),
    ),
    ...optional(
      '## What changes',
      rows.length
        ? ['| change | recipe | edits |', '|---|---|---:|', ...rows]
        : proposal.recipes.map((id) => `- ${titleOf(id)}`),
    ),
    '',
    '## What must not change',
    '',
    '- the results of every test of the project',
    '- exports: names, kinds, arity, own properties, constructability, strictness, emitted declarations',
    '- error classes, messages that the package itself writes, side effects and their order',
    '- comments and formatting outside of the edits; tests, snapshots and CI files',
    '',
    '## Language floor',
    '',
    raisesFloor(proposal)
      ? `Raised from ${floorText(proposal.floorBefore)} to ${floorText(proposal.floorAfter)}. This is a semver-major change: \`engines\` and the linter's options change with it.`
      : `Stays at ${floorText(proposal.floorBefore)}.`,
    ...optional('Evidence for the present floor, lowest first:', evidence),
    ...optional(
      '## Files',
      proposal.files.map((path) => `- \`${path}\`${proposal.newFiles.includes(path) ? ' (new)' : ''}`),
    ),
    ...optional(
      '## Assumptions that the proofs rest on',
      [...assumptions].sort().map((each) => `- ${each}`),
    ),
    ...optional(
      '## Left alone',
      [...refusals]
        .sort()
        .map(([recipe, count]) => `- ${titleOf(recipe)}: ${count} places, each with its reason in the patch's report`),
    ),
    '',
    '## Risk',
    '',
    `${proposal.risk}: ${proposal.riskReasons.join('; ')}.`,
    '',
  ].join('\n')
}

/** The spec that a user approves: Gherkin for what must hold, Markdown for what is done. */
export const renderSpec = (proposal: Proposal, analysis: Analysis, transformed?: Transformed): RenderedSpec => ({
  bdd: bdd(proposal, analysis),
  sdd: sdd(proposal, analysis, transformed),
})
