import type { HandedIn, Session } from '../types.ts'
import { NotPrintable, printValue } from './print-step.ts'
import type { EncodedGraph } from './records.ts'

/** An error of the engine's classes with its message; nothing more of it can be written as an expression. */
const errorCode = (graph: EncodedGraph): string | undefined => {
  const node = Array.isArray(graph.v) && graph.v[0] === '@' ? graph.n[Number(graph.v[1])] : undefined
  const proto = (node?.['p'] ?? ['i', 'Error.prototype']) as readonly unknown[]
  if (node?.['k'] !== 'e' || proto[0] !== 'i') return undefined
  const name = String(proto[1]).replace('.prototype', '')
  return `new ${name}(${printValue(graph, node['m'] ?? '')})`
}

const valueCode = (value: unknown): string => {
  if (Array.isArray(value)) return `undefined /* what callback${Number(value[1]) + 1} was called with */`
  const graph = value as EncodedGraph
  try {
    return errorCode(graph) ?? printValue(graph, graph.v)
  } catch (error) {
    if (!(error instanceof NotPrintable)) throw error
    return `undefined /* ${error.message} */`
  }
}

/** Settling in the order of the recording: a few milliseconds apart. */
const placeOf = (promises: Readonly<Record<string, HandedIn>>, id: number): number => {
  const after = promises[id]?.after
  return after?.[0] === 'settled' ? 1 + placeOf(promises, after[1]) : 1 + Number(promises[id]?.until ?? 0)
}

/** A promise that came in, as a person would make one that settles like it. */
export const promiseCode = ({ promises = {} }: Pick<Session, 'promises'>, id: number): string => {
  const { resolve, reject, after } = promises[id] ?? {}
  const kind = reject === undefined ? 'resolve' : 'reject'
  const value = reject ?? resolve
  const made = (): string => {
    if (value === undefined) return 'new Promise(() => {})'
    if (after === undefined) return `Promise.${kind}(${valueCode(value)})`
    const ms = 5 * placeOf(promises, id)
    const parameters = kind === 'resolve' ? '(resolve)' : '(_, reject)'
    return `new Promise(${parameters} => setTimeout(${kind}, ${ms}, ${valueCode(value)}))`
  }
  return `const promise${id + 1} = ${made()}`
}
