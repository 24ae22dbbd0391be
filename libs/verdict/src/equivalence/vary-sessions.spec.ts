import { describe, expect, it } from '@jest/globals'
import type { EncodedGraph, RawSession } from '../sessions/records.ts'
import { sourceWords } from '../sessions/source-words.ts'
import { varySessions } from './vary-sessions.ts'

const words = sourceWords(new Map([['a.js', "return list.length > 2 ? 'many' : 'few'"]]))

const call = (...args: readonly unknown[]): RawSession => {
  const nodes: Record<string, unknown>[] = [{ k: 'a', v: [['u']] }]
  const place = (value: unknown): unknown =>
    Array.isArray(value) ? ['@', nodes.push({ k: 'a', v: value }) - 1] : value
  nodes[0]!['v'] = [['u'], ...args.map(place)]
  const input: EncodedGraph = { v: ['@', 0], n: nodes }
  const step = { op: 'call', target: { module: 'a.js', path: ['f'] }, holder: 0, input } as const
  return { id: JSON.stringify(args), modules: ['a.js'], steps: [step], callbacks: {}, async: false, recorded: [] }
}

const argumentsIn = ({ steps: [step] }: RawSession): unknown[] => step!.input.n[0]!['v'] as unknown[]

describe('varied sessions', () => {
  it('put nothing but lists and nothing at all where every caller passed a list', () => {
    const kindOf = (value: unknown, { n }: EncodedGraph): string => {
      if (!Array.isArray(value)) return value === null ? 'nothing' : typeof value
      return value[0] === '@' ? `node ${String(n[Number(value[1])]!['k'])}` : value[0] === 'u' ? 'nothing' : 'number'
    }
    for (const seed of [1, 2, 3]) {
      const varied = varySessions([call([1, 2], 'x'), call([3], 'y'), call([])], words, 2_000, seed)
      const firsts = varied.filter((each) => argumentsIn(each).length > 1)
      const kinds = new Set(firsts.map((each) => kindOf(argumentsIn(each)[1], each.steps[0]!.input)))

      expect(firsts.length).toBeGreaterThan(300)
      expect([...kinds].sort()).toEqual(['node a', 'nothing'])
    }
  })

  it('put every kind of plain value where a plain value was', () => {
    const varied = varySessions([call('x')], words, 500, 1)
    const passed = varied.map((each) => JSON.stringify(argumentsIn(each)[1]))

    expect(passed).toEqual(expect.arrayContaining(['["u"]', 'null', '["n","NaN"]', '0', '""', '"constructor"', 'true']))
  })

  it('let a promise that came in settle otherwise at its moment, and as it did before it came in', () => {
    const moment = { after: ['step', 0], later: 1, until: 1 } as const
    const [graph, odd] = [(v: unknown) => ({ v, n: [] }), { v: ['@', 0], n: [{ k: 'e', m: 'odd' }] }]
    const varied = varySessions([{ ...call('x'), promises: { 0: { resolve: graph(1), ...moment } } }], words, 500, 1)
    const settled = varied.map(({ promises }) => promises![0])

    expect(settled).toEqual(
      expect.arrayContaining([
        { reject: odd, ...moment },
        { resolve: graph(['u']), ...moment },
      ]),
    )
    expect(settled).toContainEqual({ resolve: graph(1) })
    expect(varySessions([{ ...call('x'), promises: { 0: {} } }], words, 500, 1).length).toBeGreaterThan(20)
  })

  it('let a promise that came in give other values, and other ones inside of what it gave', () => {
    const moment = { after: ['step', 0], until: 1 } as const
    const resolve = { v: ['@', 0], n: [{ k: 'o', o: [['name', 'ann']] }] }
    const varied = varySessions([{ ...call('x'), promises: { 0: { resolve, ...moment } } }], words, 500, 1)
    const given = varied.map(({ promises }) => promises![0]!).filter(({ after }) => after !== undefined)
    const names = given.flatMap((each) => {
      const { v, n } = (each.resolve ?? { v: 0, n: [] }) as EncodedGraph
      return Array.isArray(v) && v[0] === '@' ? JSON.stringify(n[Number(v[1])]!['o']) : []
    })

    expect(names).toEqual(expect.arrayContaining(['[["name",["u"]]]', '[["name",""]]', '[["name",0]]']))
    expect(names).toContainEqual(expect.stringContaining('__proto__'))
    expect(given.map((each) => each.resolve)).toContainEqual({ v: ['u'], n: expect.anything() })
  })

  it('are the same for the same seed, and others for another', () => {
    const vary = (seed: number) => varySessions([call([1, 2], 'x')], words, 200, seed).map(({ id }) => id)

    expect(vary(7)).toEqual(vary(7))
    expect(vary(7)).not.toEqual(vary(8))
  })
})
