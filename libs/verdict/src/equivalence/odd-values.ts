import type { EncodedGraph } from '../sessions/records.ts'
import type { Seeded } from '../sessions/seeded.ts'

export type Node = Record<string, unknown>

/**
 * Values at which code turns: what one spelling of a test lets through and another does not. None is so large that a
 * loop up to it would not end.
 */
const odd: readonly unknown[] = [
  ['u'],
  null,
  ['n', 'NaN'],
  ['n', '-0'],
  0,
  1,
  -1,
  1.5,
  '',
  '0',
  '1',
  ' ',
  'a',
  'null',
  'constructor',
  '12px',
  '\u{1F600}x',
  true,
  false,
]

/** A graph that is being changed. */
export interface Draft {
  readonly graph: EncodedGraph & { n: Node[] }
  /** The node of `[receiver, ...arguments]`. */
  readonly root: number
  readonly args: unknown[]
}

const add = ({ graph }: Draft, node: Node): unknown => ['@', graph.n.push(node) - 1]

const isNode = (value: unknown): value is ['@', number] => Array.isArray(value) && value[0] === '@'

/** A result of an earlier step, an intrinsic or an export. */
const isKnownObject = (value: unknown): boolean => Array.isArray(value) && ['h', 'i', 'e'].includes(String(value[0]))

/**
 * What a caller could have passed in the place of a value: any plain value for a plain one; for an object or an array
 * nothing, or an empty one of its kind. A list of another kind would be another contract.
 */
export const oddFor = ({ graph }: Draft, value: unknown): readonly (Node | unknown)[] => {
  if (!isNode(value)) return isKnownObject(value) ? [['u'], null] : odd
  const kind = graph.n[value[1]]!['k']
  return kind === 'a' || kind === 'o' ? [['u'], null, { k: kind, ...(kind === 'a' ? { v: [] } : {}) }] : [['u'], null]
}

/** Puts an odd value into a list. */
export const putOdd = (draft: Draft, list: unknown[], at: number, value: unknown): void => {
  const isNew = typeof value === 'object' && value !== null && !Array.isArray(value)
  list[at] = isNew ? add(draft, structuredClone(value) as Node) : structuredClone(value)
}

/** Plain objects and dense arrays among the arguments. */
export const plainNodes = ({ graph, root }: Draft, kind: 'o' | 'a'): Node[] =>
  graph.n.filter(
    (node, id) =>
      id !== root && node['k'] === kind && node['p'] === undefined && (kind === 'o' || Array.isArray(node['v'])),
  )

const propertiesOf = (node: Node): unknown[][] => (node['o'] as unknown[][] | undefined) ?? []

/** One element is a hole. */
const punch = (node: Node, random: Seeded): boolean => {
  const list = node['v'] as unknown[]
  if (list.length === 0) return false
  const hole = random.below(list.length)
  node['o'] = list.flatMap((value, i) => (i === hole ? [] : [[String(i), value]]))
  node['l'] = list.length
  delete node['v']
  return true
}

/** Long enough for every algorithm to show, with elements that are equal and can be told apart. */
const lengthen = (draft: Draft, node: Node, random: Seeded): boolean => {
  const list = node['v'] as unknown[]
  if (list.length === 0) return false
  const twin = (value: unknown, i: number): unknown => {
    const of = Array.isArray(value) && value[0] === '@' ? draft.graph.n[Number(value[1])]! : undefined
    if (of === undefined || of['k'] !== 'o' || of['p'] !== undefined) return value
    return add(draft, { ...of, o: [...propertiesOf(of), ['twin', i]] })
  }
  const length = 11 + random.below(14)
  node['v'] = Array.from({ length }, (_, i) => twin(list[random.below(list.length)], i))
  return true
}

/** Plain properties become getters that tell when they are read. */
const watch = (draft: Draft, node: Node): boolean => {
  const isPlain = (property: readonly unknown[]): boolean =>
    property.length === 2 && typeof property[0] === 'string' && !Array.isArray(property[1])
  if (!propertiesOf(node).some(isPlain)) return false
  node['o'] = propertiesOf(node).map((property) => {
    if (!isPlain(property)) return property
    const [name, value] = property
    return [name, 'ec', add(draft, { k: 'f', n: `get ${String(name)}`, l: 0, say: value }), ['u']]
  })
  return true
}

const freeze = (node: Node): boolean => {
  if (node['x'] === 0) return false
  if (node['k'] === 'a') {
    const list = node['v'] as unknown[]
    node['o'] = list.map((value, i) => [String(i), value])
    node['l'] = list.length
    node['lw'] = 0
    delete node['v']
  }
  node['o'] = propertiesOf(node).map((property) => (property.length === 2 ? [property[0], 'e', property[1]] : property))
  node['x'] = 0
  return true
}

/** Keys that come first whatever the order in which they were written. */
const enumerate = (node: Node): boolean => {
  if (propertiesOf(node).some(([name]) => name === '1')) return false
  node['o'] = [...propertiesOf(node), ['b', 1], ['1', 2], ['a', 3], ['0', 4]].filter(
    ([name], i, all) => all.findIndex(([other]) => other === name) === i,
  )
  return true
}

/** A property of its own called __proto__, as JSON.parse makes them: what assigns it changes a prototype instead. */
const nameProto = (draft: Draft, node: Node): boolean => {
  if (propertiesOf(node).some(([name]) => name === '__proto__')) return false
  node['o'] = [...propertiesOf(node), ['__proto__', add(draft, { k: 'o', o: [['odd', 1]] })]]
  return true
}

type Reshape = (draft: Draft, node: Node, random: Seeded) => boolean

/** Ways to change the shape of an array. Each says whether there was something to change. */
export const arrayShapes: readonly Reshape[] = [
  (_, node, random) => punch(node, random),
  lengthen,
  (_, node) => freeze(node),
]

/** Ways to change the shape of a plain object. */
export const objectShapes: readonly Reshape[] = [
  watch,
  (_, node) => freeze(node),
  (_, node) => enumerate(node),
  nameProto,
]

/** Changes the shape of an object or an array among the arguments. @returns false where there was nothing to change */
export const reshapeOddly = (draft: Draft, random: Seeded): boolean => {
  const objects = plainNodes(draft, 'o')
  const arrays = plainNodes(draft, 'a')
  if (arrays.length > 0 && (objects.length === 0 || random.next() < 0.6))
    return random.pick(arrayShapes)(draft, random.pick(arrays), random)
  return objects.length > 0 && random.pick(objectShapes)(draft, random.pick(objects), random)
}
