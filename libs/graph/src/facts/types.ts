/** What a declaration is. `module` is what runs when a file is loaded. */
export type SymbolKind =
  'module' | 'function' | 'class' | 'method' | 'property' | 'variable' | 'type' | 'enum' | 'namespace'

/** Where a declaration stands: UTF-16 offsets, the end exclusive, and 1-based lines, both inclusive. */
export type Range = readonly [start: number, end: number, line: number, endLine: number]

/**
 * What a name in a file means, before other files are known: a declaration of the file, or something imported, and
 * which members of it by way of dots. `base` looks for the member in what a class extends, not in itself.
 */
export interface Target {
  readonly symbol?: number
  readonly import?: number
  readonly members?: readonly string[]
  readonly base?: true
}

export interface SymbolFact {
  /** With the names of what is around it: `Cart.total`, `parse.isBlank`. The first of a file is the module: ``. */
  readonly name: string
  readonly kind: SymbolKind
  /** Index of what it is declared in; -1 for the module itself. */
  readonly parent: number
  /** More than one for overloads, accessors and what is declared again. */
  readonly ranges: readonly Range[]
  /** It is reached as `parent.name` from outside; a function within a function is not. */
  readonly isMember: boolean
  /** Its value is made by code that runs when the file is loaded. */
  readonly runsOnLoad: boolean
  /** Whose instance it is, as written: an annotation or `new`. */
  readonly instanceOf?: Target
  /** What it extends or implements. */
  readonly bases?: readonly Target[]
}

/** `*` is the namespace of a module, `=` what `require` returns, and `` nothing: it is only loaded. */
export interface ImportFact {
  readonly specifier: string
  readonly name: string
  /** Gone when the code runs. */
  readonly typeOnly: boolean
  readonly line: number
}

/** `=` is all of `module.exports`, `*` everything that the import has, as in `export * from`. */
export interface ExportFact {
  readonly name: string
  readonly target: Target
}

/** How one declaration speaks of another. */
export type ReferenceKind = 'call' | 'new' | 'use' | 'type' | 'extends'

export interface ReferenceFact {
  /** Index of the innermost declaration around it. */
  readonly from: number
  readonly kind: ReferenceKind
  readonly target: Target
  /** 1-based, one for each place, in order. */
  readonly lines: readonly number[]
}

/** Everything that one file says by itself; it depends on nothing but its bytes and its language. */
export interface FileFacts {
  readonly lines: number
  readonly symbols: readonly SymbolFact[]
  readonly imports: readonly ImportFact[]
  readonly exports: readonly ExportFact[]
  readonly references: readonly ReferenceFact[]
  /** Names that nothing in the file declares, sorted. */
  readonly free: readonly string[]
}
