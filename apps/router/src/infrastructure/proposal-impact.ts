import type { Proposal } from '@iama/codemod'
import { impactOf, symbolsAt, type CodeGraph } from '@iama/graph'

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

/**
 * How far a proposal's change reaches, a sentence for people: the files whose code leads to what it changes, and the
 * tests that run it. Undefined where it changes no code.
 */
export const reachOf = (graph: CodeGraph, { changes }: Pick<Proposal, 'changes'>): string | undefined => {
  const changed = changes.flatMap(({ path, lines }) => symbolsAt(graph, path, lines).map(({ id }) => id))
  if (changed.length === 0) return undefined
  const { files, tests } = impactOf(graph, changed)
  const own = new Set(changes.map(({ path }) => path))
  const others = files.filter((path) => !own.has(path)).length
  const tested =
    tests.length === 0
      ? 'no test reaches it'
      : `${count(tests.length, 'test file')} reach${tests.length === 1 ? 'es' : ''} it`
  return `${count(new Set(changed).size, 'declaration')} changed, reached from ${count(others, 'other file')}; ${tested}`
}
