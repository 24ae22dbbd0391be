import { describe, expect, it } from '@jest/globals'

import { mergeOptions, parseProjectConfig } from './project-config.ts'

describe('.iama.yaml', () => {
  it('gives settings, single words where a list is meant included', () => {
    const text = 'goal: extract\ntarget: node20\ninclude: src/**\nrecipes: [let-const, arrow]\ntest: npm run unit\n'
    expect(parseProjectConfig(text)).toEqual({
      goal: 'extract',
      target: 'node20',
      include: ['src/**'],
      recipes: ['let-const', 'arrow'],
      test: 'npm run unit',
    })
  })

  it.each(['make total readable', 'simplify the parser', 'rename the parser to reader'])('takes the words %j', (goal) =>
    expect(parseProjectConfig(`goal: ${goal}`)).toEqual({ goal }),
  )

  it('takes a budget as a number or as words', () => {
    expect(parseProjectConfig('engine: model\nbudget: 0.5\n')).toEqual({ engine: 'model', budget: '0.5' })
    expect(parseProjectConfig('budget: $2\n')).toEqual({ budget: '$2' })
  })

  it.each(['', '# nothing\n', '---\n'])('may be empty: %j', (text) => {
    expect(parseProjectConfig(text)).toEqual({})
  })

  it.each([
    ['gaol: modernize', 'unknown key "gaol"; did you mean goal?'],
    ['recipe: x', 'did you mean recipes?'],
    ['colour: red', 'known are goal, target, include, exclude, recipes, skip, evidence, test, engine, budget'],
    ['goal: modernise', 'unknown goal "modernise"; did you mean modernize?'],
    ['goal: rename a', 'rename needs two names'],
    ['goal: parameters', 'parameters needs the name of a function'],
    ['goal: dedup', 'unknown goal "dedup"; did you mean dedupe?'],
    ['target: es2020', '"es2020" is no target'],
    ['engine: modell', 'unknown engine "modell"; did you mean model?'],
    ['evidence: verifed', 'unknown evidence "verifed"; did you mean verified?'],
    ['budget: -1', '"-1" is no budget'],
    ['budget: free', '"free" is no budget'],
    ['goal: [a', '.iama.yaml: '],
    ['- a\n- b', 'must be a list of settings'],
    ['include: 5', 'include'],
    ['yes: true', 'unknown key "yes"'],
  ])('refuses %j', (text, message) => {
    expect(() => parseProjectConfig(text)).toThrow(message)
    expect(() => parseProjectConfig(text)).toThrow(expect.objectContaining({ exitCode: 2 }))
  })

  it('yields to flags, and both to nothing but what is usual', () => {
    const merged = mergeOptions({ goal: 'extract', skip: ['a'] }, { skip: ['b'], target: 'node22' })
    expect(merged).toMatchObject({ goal: 'extract', skip: ['b'], target: 'node22', include: [], test: '' })
    expect(mergeOptions({}, {}).goal).toBe('modernize')
    expect(() => mergeOptions({}, { goal: 'make total readable' })).not.toThrow()
    expect(() => mergeOptions({}, { goal: 'simplfy' })).toThrow('flags: unknown goal "simplfy"; did you mean simplify?')
    expect(mergeOptions({}, { goal: 'rename a b' }).goal).toBe('rename a b')
    expect(() => mergeOptions({ engine: 'codemod' }, { goal: 'make it nice' })).toThrow('does not understand')
    expect(mergeOptions({ engine: 'codemod' }, { goal: 'rename a b' }).engine).toBe('codemod')
    expect(mergeOptions({ engine: 'codemod' }, { goal: 'parameters draw' }).goal).toBe('parameters draw')
    expect(mergeOptions({ engine: 'codemod' }, { goal: 'split' }).goal).toBe('split')
  })
})
