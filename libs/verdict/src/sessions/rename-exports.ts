import type { Graph, Session, Step, StepTarget } from '../types.ts'
import type { EncodedGraph, RawSession, RawStep } from './records.ts'

/** An export of a module, or what is reached from it. */
export interface ExportName {
  readonly module: string
  readonly path: readonly unknown[]
}

/** Two names of one and the same object. */
export interface Alias {
  readonly from: ExportName
  readonly to: ExportName
}

/** What has no other name. */
class Nameless extends Error {}

const keyOf = ({ module, path }: ExportName): string => JSON.stringify([module, path])

const isExport = (graph: readonly unknown[]): boolean =>
  graph.length === 3 && graph[0] === 'e' && typeof graph[1] === 'string' && Array.isArray(graph[2])

/** Gives what is named from some modules the names that it has from others. */
export class Renaming {
  readonly #inner: ReadonlySet<string>
  readonly #aliases: ReadonlyMap<string, ExportName>

  constructor(inner: ReadonlySet<string>, aliases: readonly Alias[]) {
    this.#inner = inner
    this.#aliases = new Map(aliases.map(({ from, to }) => [keyOf(from), to]))
  }

  /**
   * The session without those modules; undefined where it uses what cannot be found from any other. What it gave when it
   * was recorded is not in it: that is told by the old names.
   */
  session(session: Session): RawSession | undefined {
    try {
      const steps = session.steps.map((step) => this.#step(step))
      const modules = [...new Set(steps.flatMap(({ target }) => ('module' in target ? [target.module] : [])))].sort()
      const callbacks = this.#graph(session.callbacks) as RawSession['callbacks']
      return { id: session.id, async: session.async, modules, steps, callbacks, recorded: [] }
    } catch (error) {
      if (error instanceof Nameless) return undefined
      throw error
    }
  }

  #step(step: Step): RawStep {
    const { label: _, ...rest } = step
    return { ...rest, target: this.#target(step), input: this.#graph(step.input) as EncodedGraph }
  }

  /** A method keeps the object that it is called on, where that has another name as well. */
  #target({ target, holder }: Step): StepTarget {
    if (!('module' in target) || !this.#inner.has(target.module)) return target
    return this.#name(target, target.path.length - holder) ?? this.#name(target) ?? this.#nameless()
  }

  /** By the longest beginning that has another name. */
  #name({ module, path }: ExportName, longest = path.length): ExportName | undefined {
    for (let length = longest; length >= 0; length--) {
      const to = this.#aliases.get(keyOf({ module, path: path.slice(0, length) }))
      if (to !== undefined) return { module: to.module, path: [...to.path, ...path.slice(length)] }
    }
    return undefined
  }

  #nameless(): never {
    throw new Nameless()
  }

  #graph(graph: Graph): Graph {
    if (Array.isArray(graph)) {
      if (!isExport(graph) || !this.#inner.has(graph[1] as string)) return graph.map((each) => this.#graph(each))
      const to = this.#name({ module: graph[1] as string, path: graph[2] as unknown[] }) ?? this.#nameless()
      return ['e', to.module, to.path]
    }
    if (typeof graph !== 'object' || graph === null) return graph
    return Object.fromEntries(Object.entries(graph).map(([key, each]) => [key, this.#graph(each)]))
  }
}
