import { AstBuilder, GherkinClassicTokenMatcher, Parser } from '@cucumber/gherkin'
import { IdGenerator } from '@cucumber/messages'
import { describe, expect, it } from '@jest/globals'
import { chooseContext } from '@iama/context'
import { readPatchReply } from '@iama/reply'
import { countTokens } from '@iama/tokens'

import { EDITS_EXAMPLE } from './edit-rules.ts'
import { fence, fileBlocks, nameOf, personas, proposal, refactor, repair, spec } from './index.ts'
import { sampleRefactor } from './refactor.ts'
import { prompts } from './registry.ts'
import { GHERKIN_EXAMPLE } from './spec.ts'

const cart = `export const total = (items) => {\n  let sum = 0\n  for (const item of items) sum += item.price\n  return sum\n}\n`

describe('what models are told', () => {
  it('is an answer that the reader of replies takes', () => {
    const tree = new Map([['src/cart.ts', { content: Buffer.from(cart), executable: false }]])
    const { patch, form } = readPatchReply(EDITS_EXAMPLE, { tree, scope: () => true, wholeFiles: false })
    expect(form).toBe('operations')
    expect(patch.edits).toHaveLength(1)
    expect(patch.edits[0]!.operations.map(({ type }) => type)).toEqual(['replace', 'insert_before'])
  })

  it('is Gherkin that the parser takes', () => {
    const parser = new Parser(new AstBuilder(IdGenerator.incrementing()), new GherkinClassicTokenMatcher())
    const { feature } = parser.parse(GHERKIN_EXAMPLE)
    expect(feature!.children[0]!.scenario!.steps).toHaveLength(4)
    const [system] = spec.render(spec.samples[0]!)
    expect(system!.content).toContain(GHERKIN_EXAMPLE)
  })

  it('names whole files to class L1 alone', () => {
    const [large] = refactor.render({ ...sampleRefactor, wholeFiles: true })
    const [small] = refactor.render({ ...sampleRefactor, wholeFiles: false, outputTokens: 5_000 })
    expect(large!.content).toContain('"write_file"')
    expect(small!.content).not.toContain('write_file')
    expect(small!.content).toContain('cut off after 5000 tokens')
  })

  it('fits with its fences into the tokens that the choice of context counts', () => {
    const body = `${cart}\n`.repeat(30)
    const long = 'src/a/folder/with/a/rather/long/name/of/a/file-with-many-words'
    const names = Array.from({ length: 12 }, (_, n) => `${long}-${n}.ts`)
    const tree = new Map(
      names.map((name, n) => [
        name,
        {
          content: Buffer.from(`import './file-with-many-words-${(n + 1) % 12}.ts'\n${body}// end`),
          executable: false,
        },
      ]),
    )
    for (const capTokens of [3_000, 20_000]) {
      const focus = [names[0]!, names[1]!]
      const chosen = chooseContext({ tree, scope: [], focus, capTokens, model: 'gpt-4o' })
      expect(chosen.parts.length).toBeGreaterThan(0)
      expect(countTokens(fence(fileBlocks(chosen.parts)), 'gpt-4o')).toBeLessThanOrEqual(chosen.tokens)
    }
  })

  it('differs by persona', () => {
    const [input] = proposal.samples
    const texts = personas.map((persona) => proposal.render({ ...input!, persona })[0]!.content)
    expect(new Set(texts).size).toBe(3)
  })

  it('tells where the green part of a failed patch is', () => {
    const [, second, third] = repair.samples
    const sample = repair.samples[0]!
    const systemOf = (inputs: typeof sample): string => repair.render(inputs)[0]!.content
    expect(systemOf(sample)).toContain('have it already')
    expect(systemOf(second!)).toContain('do not have it')
    expect(systemOf(third!)).not.toContain('TAKEN')
    expect(repair.render(third!)[1]!.content).not.toContain('TAKEN')
  })

  it('is the same bytes for the same inputs', () => {
    for (const prompt of prompts) expect(prompt.renderSamples()).toEqual(prompt.renderSamples())
    const { title, ...rest } = sampleRefactor.proposal
    const turned = { ...sampleRefactor, proposal: { ...rest, title } }
    expect(refactor.render(turned)).toEqual(refactor.render(sampleRefactor))
    expect(nameOf(proposal)).toBe('proposal@1')
  })
})
