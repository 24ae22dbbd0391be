import type { FileFacts, SymbolFact, Target } from './facts/types.ts'
import type { Resolve } from './module-resolution.ts'

export interface ReadFile {
  readonly path: string
  readonly facts: FileFacts
}

interface Place extends ReadFile {
  /** Index of the file's module among all symbols. */
  readonly start: number
  readonly exports: ReadonlyMap<string, Target>
  readonly stars: readonly Target[]
  /** By the index of the import; undefined for what lies outside of the tree. */
  readonly imported: readonly (Place | undefined)[]
}

/** How much of a chain of names was found, and what the last one found is. */
export interface Found {
  readonly symbol: number
  /** Names at the end of the chain that nothing was found for. */
  readonly rest: readonly string[]
}

/** Steps that one name may take through re-exports, instances and base classes: code can name itself in a circle. */
const MOST_STEPS = 60

/** Finds what names mean across the files of a tree. Symbols are numbers: those of a file follow its module. */
export class Entities {
  readonly places: readonly Place[]
  private readonly placeOf: readonly Place[]
  private readonly members: ReadonlyMap<number, ReadonlyMap<string, number>>
  private steps = 0

  constructor(files: readonly ReadFile[], resolve: Resolve) {
    let start = 0
    const byPath = new Map<string, Place & { imported: (Place | undefined)[] }>()
    for (const file of files) {
      const { exports } = file.facts
      const named = new Map(exports.filter(({ name }) => name !== '*').map(({ name, target }) => [name, target]))
      const stars = exports.filter(({ name }) => name === '*').map(({ target }) => target)
      byPath.set(file.path, { ...file, start, exports: named, stars, imported: [] })
      start += file.facts.symbols.length
    }
    this.places = [...byPath.values()]
    for (const { path, facts, imported } of byPath.values()) {
      const known = new Map<string, Place | undefined>()
      for (const { specifier } of facts.imports) {
        if (!known.has(specifier)) known.set(specifier, byPath.get(resolve(path, specifier) ?? ''))
        imported.push(known.get(specifier))
      }
    }
    this.placeOf = this.places.flatMap((place) => place.facts.symbols.map(() => place))
    this.members = membersOf(this.places)
  }

  factOf(symbol: number): SymbolFact {
    const place = this.placeOf[symbol]!
    return place.facts.symbols[symbol - place.start]!
  }

  /** What a target in a file means; undefined when it lies outside of the tree. */
  find(place: Place, target: Target): Found | undefined {
    this.steps = 0
    return this.findTarget(place, target)
  }

  /** A member of a class by itself, by its instance's class, or by what it extends. */
  memberOf(symbol: number, name: string): number | undefined {
    this.steps = 0
    return this.memberIn(symbol, name)
  }

  /** What a class extends or implements, as far as it stands in the tree. */
  basesOf(symbol: number): number[] {
    this.steps = 0
    return this.basesIn(symbol)
  }

  private findTarget(place: Place, { symbol, import: index, members = [], base }: Target): Found | undefined {
    if (this.steps++ > MOST_STEPS) return undefined
    if (index !== undefined) {
      const start = this.imported(place, index)
      return start === undefined ? undefined : this.along(start, members)
    }
    const own = place.start + symbol!
    if (!base) return this.along(own, members)
    for (const each of this.basesIn(own)) {
      const found = this.along(each, members)
      if (found.rest.length < members.length) return found
    }
    return { symbol: own, rest: members }
  }

  private along(start: number, members: readonly string[]): Found {
    let symbol = start
    for (const [at, name] of members.entries()) {
      const next = name === 'prototype' ? symbol : this.memberIn(symbol, name)
      if (next === undefined) return { symbol, rest: members.slice(at) }
      symbol = next
    }
    return { symbol, rest: [] }
  }

  private imported(place: Place, index: number): number | undefined {
    const target = place.imported[index]
    if (target === undefined) return undefined
    const { name } = place.facts.imports[index]!
    if (name === '*' || name === '') return target.start
    if (name === '=') return this.wholeOf(target) ?? target.start
    return this.exported(target, name) ?? target.start
  }

  /** What `require` returns of a module that assigns to `module.exports`. */
  private wholeOf(place: Place): number | undefined {
    const target = place.exports.get('=')
    return target && this.complete(this.findTarget(place, target))
  }

  private exported(place: Place, name: string): number | undefined {
    if (this.steps++ > MOST_STEPS) return undefined
    const own = place.exports.get(name)
    if (own !== undefined) return this.complete(this.findTarget(place, own))
    for (const star of name === 'default' ? [] : place.stars) {
      const other = star.import === undefined ? undefined : place.imported[star.import]
      const found = other && this.exported(other, name)
      if (found !== undefined) return found
    }
    const whole = this.wholeOf(place)
    if (whole === undefined || name === 'default') return whole
    return this.memberIn(whole, name)
  }

  private complete(found: Found | undefined): number | undefined {
    return found?.rest.length === 0 ? found.symbol : undefined
  }

  private memberIn(symbol: number, name: string): number | undefined {
    if (this.steps++ > MOST_STEPS) return undefined
    const fact = this.factOf(symbol)
    const place = this.placeOf[symbol]!
    if (fact.kind === 'module') return this.exported(place, name)
    const own = this.members.get(symbol)?.get(name)
    if (own !== undefined) return own
    const instance = fact.instanceOf && this.complete(this.findTarget(place, fact.instanceOf))
    const inInstance = instance === undefined ? undefined : this.memberIn(instance, name)
    if (inInstance !== undefined) return inInstance
    for (const base of this.basesIn(symbol)) {
      const found = this.memberIn(base, name)
      if (found !== undefined) return found
    }
    // `module.exports = f; module.exports.g = ...`: what is exported beside it is a member of it.
    const beside = place.exports.get(name)
    const whole = place.exports.get('=')
    const isWhole = whole?.symbol === symbol - place.start && whole.members === undefined
    return isWhole && beside !== undefined ? this.complete(this.findTarget(place, beside)) : undefined
  }

  private basesIn(symbol: number): number[] {
    const { bases = [] } = this.factOf(symbol)
    return bases.flatMap((base) => this.complete(this.findTarget(this.placeOf[symbol]!, base)) ?? [])
  }
}

/** `total` of `Cart.total` in `Cart`; without the number that tells equal names apart. */
export const ownName = (around: string, name: string): string =>
  (around === '' ? name : name.slice(around.length + 1)).replace(/~\d+$/, '')

const membersOf = (places: readonly Place[]): Map<number, Map<string, number>> => {
  const members = new Map<number, Map<string, number>>()
  for (const { start, facts } of places) {
    for (const [at, { name, parent, isMember }] of facts.symbols.entries()) {
      if (!isMember) continue
      const known = members.get(start + parent) ?? new Map<string, number>()
      members.set(start + parent, known)
      const own = ownName(facts.symbols[parent]!.name, name)
      if (!known.has(own)) known.set(own, start + at)
    }
  }
  return members
}
