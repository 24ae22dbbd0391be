import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import * as cl100k from 'gpt-tokenizer/encoding/cl100k_base'
import * as o200k from 'gpt-tokenizer/encoding/o200k_base'

import { countTokens, isExact, TokenCounter } from './index.ts'

const plain = { disallowedSpecial: new Set<string>() }
const models = { 'gpt-4o': o200k, 'gpt-4': cl100k } as const
const names = Object.keys(models) as (keyof typeof models)[]

const words = [
  'const',
  ' x',
  '=>',
  '  ',
  '\n',
  '\r\n',
  '\t',
  "don't",
  "'LL",
  'ABCdef',
  '中文ABC',
  'é\u0301',
  '😀',
  ';\n/',
]
const code = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 8 })), {
  maxLength: 60,
})
/** The library that is compared with drops byte order marks when it looks bytes up, and counts two tokens for one. */
const pieces = code.map((parts) => parts.join('').replaceAll('\uFEFF', ''))

/** Processor seconds that something takes: other processes of the machine do not count. */
const cost = (act: () => void): number => {
  const before = process.cpuUsage()
  act()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

describe('countTokens', () => {
  it.each(names)('counts as the tokenizer of %s encodes', (model) => {
    fc.assert(fc.property(pieces, (text) => countTokens(text, model) === models[model].encode(text, plain).length))
  })

  it.each(names)('merges long pieces in the order of the tokenizer of %s', (model) => {
    const long = fc
      .array(fc.constantFrom('a', 'b', 'th', 'er', 'ß', '中', 'ing'), { minLength: 97, maxLength: 400 })
      .map((parts) => parts.join(''))
    const check = (text: string): boolean => countTokens(text, model) === models[model].encode(text, plain).length
    fc.assert(fc.property(long, check), { numRuns: 40 })
  })

  it('knows figures of the published tokenizers', () => {
    expect(countTokens('tiktoken is great!', 'gpt-4')).toBe(6)
    expect(countTokens('antidisestablishmentarianism', 'gpt-4')).toBe(6)
    expect(countTokens('お誕生日おめでとう', 'gpt-4')).toBe(9)
    expect(countTokens('お誕生日おめでとう', 'gpt-4o')).toBe(8)
    // the byte order mark is a token of both vocabularies: 3305 of the one, 5574 of the other
    expect(countTokens('\uFEFF', 'gpt-4')).toBe(1)
    expect(countTokens('\uFEFF', 'gpt-4o')).toBe(1)
    expect(countTokens('', 'gpt-4o')).toBe(0)
  })

  it.each(['<|endoftext|>', '<|im_start|>system', '<|fim_prefix|>', '<|start|>', 'a <|endofprompt|> b'])(
    'takes %s in code for the characters that it is',
    (mark) => {
      for (const model of names) {
        expect(countTokens(mark, model)).toBeGreaterThan(4)
        const counter = new TokenCounter(model)
        counter.push(mark)
        expect(counter.count).toBe(countTokens(mark, model))
      }
    },
  )

  it('counts halves of characters without a word', () => {
    expect(countTokens('\uD83D', 'gpt-4o')).toBeGreaterThan(0)
  })

  it.each([' ', 'a', 'A', '\n', '=', '中', '0', '\u0301', '😀', ' \n', "'s"])(
    'is quick for half a megabyte of %j',
    (part) => {
      const text = part.repeat(500_000 / part.length)
      for (const model of names) {
        countTokens('', model)
        expect(cost(() => countTokens(`x${text}x`, model))).toBeLessThan(4)
      }
    },
  )

  it('is quick for a megabyte of code', () => {
    const source = readFileSync(new URL(import.meta.resolve('typescript')), 'utf8').slice(0, 1_000_000)
    expect(cost(() => countTokens(source, 'gpt-4o'))).toBeLessThan(3)
  })
})

describe('isExact', () => {
  it.each([
    ['gpt-4o', true],
    ['openai/gpt-4o', true],
    ['openrouter/openai/gpt-4o-mini:free', true],
    ['azure/gpt-4o-2024-08-06', true],
    ['ft:gpt-4o-mini-2024-07-18:acme::abc123', true],
    ['gpt-4.1-nano', true],
    ['gpt-5-of-next-year', true],
    ['o3-mini', true],
    ['gpt-35-turbo', true],
    ['ollama/gpt-oss:20b', true],
    ['GPT-4', true],
    ['llama-3.1-70b', false],
    ['ollama/qwen2.5-coder:32b', false],
    ['anthropic/claude-sonnet-4', false],
    ['text-davinci-003', false],
    ['o3000', false],
    ['gpt-45', false],
    ['constructor', false],
    ['', false],
  ])('%s: %s', (model, exact) => {
    expect(isExact(model)).toBe(exact)
    expect(countTokens('const x = 1', model)).toBeGreaterThan(2)
  })

  it('tells the two encodings apart', () => {
    const text = 'お誕生日おめでとう'
    expect(countTokens(text, 'azure/gpt-35-turbo-16k')).toBe(countTokens(text, 'gpt-4'))
    expect(countTokens(text, 'claude-opus')).toBe(countTokens(text, 'gpt-4o'))
  })
})

describe('TokenCounter', () => {
  it.each(names)('counts bits as %s counts the whole', (model) => {
    const check = (parts: readonly string[]): boolean => {
      const counter = new TokenCounter(model)
      for (const part of parts) for (const unit of part.split('')) counter.push(unit)
      return counter.count === countTokens(parts.join(''), model)
    }
    fc.assert(fc.property(code, check), { numRuns: 300 })
  })

  it('is right after every bit', () => {
    const counter = new TokenCounter('gpt-4o')
    let text = ''
    for (const bit of "if (don't)\n\n   return 'ABC'\r\n}  // 中文ABC def".match(/.{1,3}/gs)!) {
      text += bit
      counter.push(bit)
      expect(counter.count).toBe(countTokens(text, 'gpt-4o'))
    }
  })

  it('is off by little where words have no end, and by nothing else', () => {
    const text = 'iVBORw0KGgoAAAANSUhEUgAA'.repeat(1_000)
    const counter = new TokenCounter('gpt-4o')
    for (const bit of text.match(/.{1,5}/g)!) counter.push(bit)
    const whole = countTokens(text, 'gpt-4o')
    expect(counter.count).toBeGreaterThanOrEqual(whole)
    expect(counter.count).toBeLessThan(whole * 1.03)
  })

  it('is exact for minified code', () => {
    const text = 'function a(b,c){return b.d(c)?!0:e[f("g_1")]+"h"}'.repeat(200)
    const counter = new TokenCounter('gpt-4o')
    for (const bit of text.match(/.{1,5}/g)!) counter.push(bit)
    expect(counter.count).toBe(countTokens(text, 'gpt-4o'))
  })

  it('is quick to read after each bit, whatever comes', () => {
    for (const part of [' ', 'a', '\n', 'word ']) {
      const counter = new TokenCounter('gpt-4o')
      let read = 0
      const seconds = cost(() => {
        for (let at = 0; at < 20_000; at += 1) {
          counter.push(part)
          read += counter.count
        }
      })
      expect(read).toBeGreaterThan(0)
      expect(seconds).toBeLessThan(6)
    }
  })
})
