export { analyze, metricsOf } from './analysis/analyze.ts'
export { classifyRole } from './analysis/file-role.ts'
export { findModule, folderOf, joinPath } from './analysis/import-graph.ts'
export { explainNothing, proposalOf, propose } from './proposals/propose.ts'
export { renderSpec } from './proposals/render-spec.ts'
export { recipeCatalogue, type RecipeInfo } from './recipes/catalogue.ts'
export { isSourcePath } from './source-unit.ts'
export { transform } from './transform.ts'
export type {
  Analysis,
  AnalyzeOptions,
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
