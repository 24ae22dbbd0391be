import { AstBuilder, GherkinClassicTokenMatcher, Parser } from '@cucumber/gherkin'
import { IdGenerator } from '@cucumber/messages'

/** Of what the parser says, in characters. */
const MOST_WORDS = 2_000

/**
 * What keeps a text from being the scenarios of a spec: a feature with at least one scenario, as `@cucumber/gherkin`
 * parses it.
 * @returns what is wrong, with lines and columns where the parser tells them; undefined when nothing is
 */
export const featureProblem = (text: string): string | undefined => {
  const parser = new Parser(new AstBuilder(IdGenerator.incrementing()), new GherkinClassicTokenMatcher())
  try {
    const { feature } = parser.parse(text)
    const scenarios = (feature?.children ?? []).flatMap(({ scenario, rule }) => [
      scenario,
      ...(rule?.children ?? []).map((child) => child.scenario),
    ])
    return scenarios.some(Boolean) ? undefined : 'it has no scenario'
  } catch (error) {
    return (error as Error).message.slice(0, MOST_WORDS)
  }
}
