import type { Patch } from '@iama/patch'

export type Language = 'javascript' | 'typescript'

/** `script` is code that might be loaded by a plain script tag: its top level is the global scope. */
export type ModuleKind = 'esm' | 'commonjs' | 'script'

/** Only `source` is ever edited unless a request includes examples by name. */
export type FileRole = 'source' | 'test' | 'example' | 'config' | 'generated' | 'minified' | 'vendored' | 'declaration'

export interface Complexity {
  /** McCabe: 1 for each function and one more for each decision. */
  readonly cyclomatic: number
  /** Decisions weighted by how deeply they nest. */
  readonly cognitive: number
}

export interface FunctionMetrics extends Complexity {
  readonly path: string
  readonly name: string
  /** 1-based, inclusive. */
  readonly line: number
  readonly endLine: number
  readonly lines: number
  readonly parameters: number
  /** Deepest nesting of control flow inside the function. */
  readonly nesting: number
}

export interface FileAnalysis extends Complexity {
  readonly path: string
  readonly language: Language
  readonly moduleKind: ModuleKind
  readonly role: FileRole
  readonly lines: number
  readonly functions: number
  /** Lines that also stand elsewhere in the scope, in runs of at least 50 tokens. */
  readonly duplicatedLines: number
  /** In the scope of include and exclude. */
  readonly inScope: boolean
  /** In scope, parsed without error, and of a role that may be edited. */
  readonly editable: boolean
}

export type SmellKind =
  | 'long-function'
  | 'complex-function'
  | 'deep-nesting'
  | 'long-parameter-list'
  | 'long-file'
  | 'duplicated-code'
  | 'function-scoped-variable'
  | 'dead-code'
  | 'unused-variable'
  | 'duplicate-condition'

export interface Smell {
  readonly kind: SmellKind
  readonly path: string
  readonly line: number
  /** What was measured, in the unit that the message names. */
  readonly measure: number
  /** The limit that the measure exceeds. */
  readonly limit: number
  readonly message: string
}

export interface SyntaxProblem {
  readonly path: string
  /** 1-based. */
  readonly line: number
  /** 1-based, in UTF-16 units. */
  readonly column: number
  readonly message: string
}

export interface FloorEvidence {
  /** Where it was read: `package.json engines.node`, `.eslintrc`, `syntax` ... */
  readonly source: string
  /** The words found there. */
  readonly value: string
  /** What it means: the edition it allows, and why. */
  readonly detail: string
  /** 3, 5, or the year of the edition from 2015 on. */
  readonly ecmaVersion: number
  /** Lowest Node version that this source admits, when it speaks of Node. */
  readonly node?: string
}

/** The oldest language and runtime that the code must keep working on. */
export interface LanguageFloor {
  readonly ecmaVersion: number
  /** Lowest Node version that must run the code; absent when nothing states one. */
  readonly node?: string
  /** Lowest first: the first entry decides. */
  readonly evidence: readonly FloorEvidence[]
}

export interface PackageFacts {
  readonly name: string | undefined
  readonly version: string | undefined
  readonly license: string | undefined
  readonly private: boolean
  readonly type: 'module' | 'commonjs'
  /** Files that package.json names as ways in, as paths of the tree. */
  readonly entryPoints: readonly string[]
  /** Every module that a user of the package can import. */
  readonly importableModules: readonly string[]
  readonly hasExportsMap: boolean
  readonly scripts: Readonly<Record<string, string>>
}

export interface AnalyzeOptions {
  /** Globs of the files in scope; everything when empty. */
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
}

export interface Totals extends Complexity {
  readonly files: number
  readonly lines: number
  readonly functions: number
  readonly duplicatedLines: number
}

export interface Analysis {
  readonly package: PackageFacts
  readonly files: readonly FileAnalysis[]
  readonly functions: readonly FunctionMetrics[]
  /** Of the editable files. */
  readonly totals: Totals
  readonly smells: readonly Smell[]
  readonly syntaxErrors: readonly SyntaxProblem[]
  readonly floor: LanguageFloor
  /** Import cycles between modules of the tree, each as a sorted list of paths. */
  readonly cycles: readonly (readonly string[])[]
  readonly options: AnalyzeOptions
}

export interface RefactorRequest {
  /**
   * `auto`, `modernize`, `simplify`, `dedupe`, `extract`, `inline`, `move`, `split`, `structure`, `type`, `cycle`,
   * `safety`, `modules`, `rename <symbol> <new name>` or `parameters <function>`.
   */
  readonly goal: string
  /** `node20` ...: the version that a raised floor goes to. Default `node20`. */
  readonly target?: string
  /** Only these recipes. */
  readonly recipes?: readonly string[]
  /** Not these recipes. */
  readonly skip?: readonly string[]
  /** What edits may rest on: only proofs unless `verified` lets recorded sessions speak for what cannot be proven. */
  readonly evidence?: 'proven' | 'verified'
  /** Globs that narrow the scope of the analysis further. */
  readonly include?: readonly string[]
  /** Paths that are taken although the tree does not hold them, as links are: no new file gets one of them. */
  readonly taken?: readonly string[]
}

export type ProposalKind =
  | 'within-floor'
  | 'raise-floor'
  | 'hot-spots'
  | 'simplify'
  | 'dedupe'
  | 'extract'
  | 'inline'
  | 'move'
  | 'split'
  | 'structure'
  | 'names'
  | 'types'
  | 'cycle'
  | 'safety'
  | 'rename'
  | 'parameters'
  | 'modules'

/** The measures of the files that a patch touches, before and after it. */
export interface MetricsChange {
  readonly before: Totals
  readonly after: Totals
  /** What gets worse, each with its numbers; a proposal that has any is ranked last. */
  readonly worse: readonly string[]
}

/** Lines of a file as it is, 1-based and in order. */
export interface ChangedLines {
  readonly path: string
  readonly lines: readonly number[]
}

export interface Floor {
  readonly ecmaVersion: number
  readonly node?: string
}

export interface Proposal {
  /** Stable: the same strategy has the same id in every run. */
  readonly id: string
  readonly kind: ProposalKind
  readonly title: string
  readonly summary: string
  readonly recipes: readonly string[]
  /** Files that its patch changes or makes. */
  readonly files: readonly string[]
  /** Those of them that it makes. */
  readonly newFiles: readonly string[]
  readonly expectedEdits: number
  /** Where its patch changes what, to learn how far that reaches. */
  readonly changes: readonly ChangedLines[]
  readonly metrics: MetricsChange
  /** The only files that it may change; all in scope when absent. */
  readonly only?: readonly string[]
  readonly risk: 'low' | 'medium' | 'high'
  readonly riskReasons: readonly string[]
  readonly floorBefore: Floor
  readonly floorAfter: Floor
  readonly estimatedSeconds: number
}

/** A place that looked right for a recipe and was left alone. */
export interface Refusal {
  readonly recipe: string
  readonly path: string
  readonly line: number
  readonly reason: string
}

export interface Transformed {
  readonly patch: Patch
  readonly refused: readonly Refusal[]
}

export interface RenderedSpec {
  /** Gherkin. */
  readonly bdd: string
  /** Markdown. */
  readonly sdd: string
}
