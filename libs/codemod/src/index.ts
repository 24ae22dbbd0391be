export { analyze, metricsOf } from './analysis/analyze.ts'
export { classifyRole } from './analysis/file-role.ts'
export { findModule, folderOf, joinPath } from './analysis/import-graph.ts'
export { explainNothing, proposalOf, propose } from './proposals/propose.ts'
export { renderSpec } from './proposals/render-spec.ts'
export { recipeCatalogue, type RecipeInfo } from './recipes/catalogue.ts'
export { isSourcePath, parseUnit, type SourceUnit } from './source-unit.ts'
export { bare, boundIdentifiers, contains, isAssignment, isFunctionNode, type FunctionNode } from './syntax/nodes.ts'
export { sharedBinding, type Binding, type ScopeTree } from './syntax/scopes.ts'
export { transform } from './transform.ts'
export type {
  Analysis,
  AnalyzeOptions,
  ChangedLines,
  Complexity,
  FileAnalysis,
  FileRole,
  Floor,
  FloorEvidence,
  FunctionMetrics,
  Language,
  LanguageFloor,
  ModuleKind,
  PackageFacts,
  Proposal,
  ProposalKind,
  RefactorRequest,
  Refusal,
  RenderedSpec,
  Smell,
  SmellKind,
  SyntaxProblem,
  Totals,
  Transformed,
} from './types.ts'
