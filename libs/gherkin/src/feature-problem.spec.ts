import { describe, expect, it } from '@jest/globals'
import { featureProblem } from './feature-problem.ts'

const scenario = 'Scenario: a sum\n    Given a cart\n    Then it has a total'

describe('the scenarios of a spec', () => {
  it.each([
    `Feature: carts\n\n  ${scenario}\n`,
    `Feature: carts\n  Rule: whole cents\n  ${scenario}`,
    `# language: de\nFunktionalität: Wagen\n  Szenario: Summe\n    Angenommen ein Wagen`,
  ])('are a feature with a scenario: %j', (text) => expect(featureProblem(text)).toBeUndefined())

  it.each(['', '\n# only a comment\n', 'Feature: carts\n  Rule: whole cents\n', 'Feature: carts\n\n  nothing more\n'])(
    'cannot be without one: %j',
    (text) => expect(featureProblem(text)).toBe('it has no scenario'),
  )

  it('are told with the line at which the parser stops', () => {
    expect(featureProblem(`Feature: carts\n  ${scenario}\n  | a table |\nof nothing`)).toMatch(/\(6:1\).*'of nothing'/)
    expect(featureProblem('make it nice')).toMatch(/\(1:1\)/)
  })

  it('are told in bounded words, and soon, however large the text', () => {
    const from = performance.now()
    expect(featureProblem('x\n'.repeat(100_000))?.length).toBeLessThanOrEqual(2_000)
    expect(performance.now() - from).toBeLessThan(5_000)
  })
})
