/** What kind of small fault a mutant plants. */
export type OperatorName =
  | 'arithmetic'
  | 'assignment'
  | 'await'
  | 'bitwise'
  | 'block'
  | 'boolean'
  | 'call'
  | 'collection'
  | 'comparison'
  | 'condition'
  | 'default-value'
  | 'equality'
  | 'logical'
  | 'method'
  | 'number'
  | 'optional-chain'
  | 'regex'
  | 'return'
  | 'spread'
  | 'statement'
  | 'string'
  | 'unary'
  | 'update'

/** UTF-16 offsets of a source text, the end excluded. */
export interface TextRange {
  readonly start: number
  readonly end: number
}

/** One small fault in one file. */
export interface Mutant {
  /** 16 hexadecimal digits of operator, place and text; the same after changes elsewhere in the file. */
  readonly id: string
  readonly file: string
  readonly operator: OperatorName
  /** The functions around it, outermost first, as in `Basket.add`; empty at the top level. */
  readonly scope: string
  /** 1-based, of the first character that changes. */
  readonly line: number
  readonly column: number
  readonly range: TextRange
  readonly replacement: string
  /** One sentence: what stands there and what it becomes. */
  readonly description: string
}

export interface MutantsInput {
  /** Its ending decides the language: .js, .cjs, .mjs, .jsx, .ts, .cts, .mts, .tsx. */
  readonly file: string
  readonly source: string
  /** Only mutants that begin in one of these; everywhere when absent. */
  readonly ranges?: readonly TextRange[]
}
