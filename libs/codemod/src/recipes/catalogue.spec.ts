import { readFileSync } from 'node:fs'

import { describe, expect, it } from '@jest/globals'

import { recipeCatalogue } from './catalogue.ts'

const text = readFileSync(new URL('../../RECIPES.md', import.meta.url), 'utf8')
const listed = [...text.matchAll(/^\| `([\w-]+)` +\| (?!the family)(.*?) +\| ES(\d+)/gm)]
const catalogue = recipeCatalogue()

describe('the catalogue', () => {
  it('is listed in RECIPES.md, each recipe with its title and what it needs', () => {
    const wanted = catalogue.map(({ id, title, need }) => [id, title.replaceAll('|', '\\|'), String(need.ecmaVersion)])
    expect(listed.map(([, id, title, edition]) => [id, title, edition]).sort()).toEqual(wanted.sort())
  })

  it('has each name once, in five families and one that renames', () => {
    expect(new Set(catalogue.map(({ id }) => id)).size).toBe(catalogue.length)
    expect(new Set(catalogue.map(({ family }) => family))).toEqual(
      new Set(['modernize', 'simplify', 'structure', 'types', 'safety', 'rename']),
    )
    expect(text).toContain(`${catalogue.length} recipes in 5 families`)
  })
})
