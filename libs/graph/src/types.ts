import type { Range, ReferenceKind, SymbolKind } from './facts/types.ts'

/** A declaration somewhere in a tree, or what a file does when it is loaded. */
export interface GraphSymbol {
  /** `src/cart.ts#Cart.total`; of a module the path alone. */
  readonly id: string
  readonly path: string
  /** Empty for a module. */
  readonly name: string
  readonly kind: SymbolKind
  readonly ranges: readonly Range[]
  /** Index of the declaration around it; of a module its own. */
  readonly parent: number
}

/**
 * How one symbol leads to another. Besides what is written: `import` loads a module; `holds` leads from a class or an
 * object to its members, and from a module to what runs when it is loaded; `override` from a method to the one that
 * takes its place in a class that extends or implements.
 */
export type EdgeKind = ReferenceKind | 'import' | 'holds' | 'override'

/** Indexes of symbols, and the lines of the file of `from` where it is written. */
export interface GraphEdge {
  readonly from: number
  readonly to: number
  readonly kind: EdgeKind
  readonly lines: readonly number[]
}

/** A file that is not in the graph, and why. */
export interface Unread {
  readonly path: string
  readonly reason: string
}

/** Symbols and what leads from one to another. The order of everything depends on the tree alone. */
export interface CodeGraph {
  readonly symbols: readonly GraphSymbol[]
  /** Index of a symbol by its id. */
  readonly indexOf: ReadonlyMap<string, number>
  /** Index of a file's module, which its other symbols follow. */
  readonly files: ReadonlyMap<string, number>
  /** By the index of `from`. */
  readonly edgesFrom: readonly (readonly GraphEdge[])[]
  /** By the index of `to`. */
  readonly edgesTo: readonly (readonly GraphEdge[])[]
  readonly unread: readonly Unread[]
  readonly lines: number
}
