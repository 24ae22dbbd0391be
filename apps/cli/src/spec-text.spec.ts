import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from '@jest/globals'
import { SpecSchema } from '@iama/contracts/iama/jobs/v1/job'
import fc from 'fast-check'

import { changedHalves, formatHalves, parseHalves } from './spec-text.ts'

const mark = '0a1b2c3d'
const spec = create(SpecSchema, { version: 2, bdd: 'Feature: x\n  Scenario: y\n', sdd: '# Design\n\ntext\n' })
const whole = formatHalves('j', spec, mark)

describe('a spec in an editor', () => {
  it('comes back as it was: nothing is changed', () => {
    const halves = parseHalves(whole, mark)!
    expect(halves).toEqual({ bdd: spec.bdd, sdd: spec.sdd })
    expect(changedHalves(spec, halves)).toEqual({ bdd: '', sdd: '' })
  })

  it('sends only the half that was changed', () => {
    const edited = parseHalves(whole.replace('text', 'another text'), mark)!
    expect(changedHalves(spec, edited)).toEqual({ bdd: '', sdd: '# Design\n\nanother text\n' })
  })

  it.each([
    ['without a half', whole.replace(/^#! ---- design .*\n/m, '')],
    [
      'with the halves in another order',
      whole.replace('scenarios ----', 'SWAP').replace('design ----', 'scenarios ----').replace('SWAP', 'design ----'),
    ],
    ['with the mark of another edit', whole.replaceAll(mark, 'ffffffff')],
    ['without anything', ''],
  ])('is not readable %s', (_, text) => expect(parseHalves(text, mark)).toBeUndefined())

  it('may hold anything, lines that look like our own included', () => {
    const half = fc
      .array(fc.oneof(fc.string(), fc.constant('#! ---- design ---- ffffffff ----'), fc.constant('#!/bin/sh')))
      .map((lines) => `${lines.join('\n').replaceAll('\r', '').trim()}\n`)
    fc.assert(
      fc.property(half, half, (bdd, sdd) => {
        const any = create(SpecSchema, { version: 1, bdd, sdd })
        const parsed = parseHalves(formatHalves('j', any, mark), mark)!
        expect(changedHalves(any, parsed)).toEqual({ bdd: '', sdd: '' })
      }),
    )
  })
})
