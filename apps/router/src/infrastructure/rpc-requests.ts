import type { AnalysisSummary } from '@iama/contracts/iama/jobs/v1/job'
import {
  Engine as WireEngine,
  ModelClass as WireClass,
  Phase as WirePhase,
  type GenerateRequest,
  type RouteKey as WireKey,
} from '@iama/contracts/iama/router/v1/service'
import { InvalidRequest } from '@iama/kernel'
import type { Assignment } from '../application/ports.ts'
import { contextCaps, type Engine, type ModelClass, type Phase, type RouteKey, type Tier } from '../domain/route.ts'

const classes: Readonly<Record<number, ModelClass>> = {
  [WireClass.L1]: 'L1',
  [WireClass.L2]: 'L2',
  [WireClass.L3]: 'L3',
}

const phases: Readonly<Record<number, Phase>> = {
  [WirePhase.PROPOSAL]: 'proposal',
  [WirePhase.SPEC]: 'spec',
  [WirePhase.REFACTOR]: 'refactor',
  [WirePhase.REPAIR]: 'repair',
  [WirePhase.CLARIFY]: 'clarify',
  [WirePhase.REANALYSIS]: 'reanalysis',
  [WirePhase.CHARACTERIZATION]: 'characterization',
}

const engines: Readonly<Record<number, Engine | undefined>> = {
  [WireEngine.UNSPECIFIED]: undefined,
  [WireEngine.CODEMOD]: 'codemod',
  [WireEngine.MODEL]: 'model',
}

/** @throws InvalidRequest */
export const toKey = (key: WireKey | undefined): RouteKey => {
  const { tier = '', phase = 0, modelClass = 0, contextTokens = 0n, engine = 0, confirmedMicros = 0n } = key ?? {}
  const known = {
    tier: Object.hasOwn(contextCaps, tier),
    phase: Object.hasOwn(phases, phase),
    model_class: Object.hasOwn(classes, modelClass),
    engine: Object.hasOwn(engines, engine),
  }
  const wrong = Object.entries(known).filter(([, fine]) => !fine)
  if (wrong.length > 0) {
    throw new InvalidRequest(
      wrong.map(([field]) => ({ field: `route.${field}`, reason: 'is unknown', fix: 'send one of the contract' })),
    )
  }
  return {
    tier: tier as Tier,
    phase: phases[phase]!,
    modelClass: classes[modelClass]!,
    contextTokens: Number(contextTokens),
    engine: engines[engine],
    confirmedMicros: Number(confirmedMicros),
  }
}

export const toAssignment = (tenantId: string, phase: Phase, request: GenerateRequest): Assignment => {
  const { jobId, goal, target, include, recipes, skip, evidence, proposalId, onlyEdits, attempt } = request
  const { proposal, spec, repair, analysis, conversation, weakPlaces, jobBudgetMicros } = request
  return {
    tenantId,
    jobId,
    phase,
    manifest: request.manifestArtifact,
    goal,
    target,
    include,
    recipes,
    skip,
    evidence: evidence === 'verified' ? 'verified' : 'proven',
    proposalId,
    onlyEdits,
    attempt,
    strategy: proposal,
    facts: analysis ? factsOf(analysis) : [],
    spec: { bdd: spec?.bdd ?? '', sdd: spec?.sdd ?? '' },
    repair: repair && {
      failedPatch: repair.failedPatch,
      greenPart: repair.greenPart,
      failures: repair.failures.map(({ testId, message }) => ({ test: testId, message })),
      problems: repair.problems,
      hint: repair.hint,
    },
    conversation: conversation.map(({ role, text, questions }) => ({
      role: role === 'assistant' ? 'assistant' : 'user',
      text,
      questions,
    })),
    weakPlaces,
    jobBudgetMicros: jobBudgetMicros > 0n ? Number(jobBudgetMicros) : undefined,
  }
}

const MOST_SMELLS = 40

/** What the analysis found, a line each. */
const factsOf = (analysis: AnalysisSummary): string[] => {
  const { files, lines, functions, cyclomatic, cognitive, duplicationPercent, smells, floor, tests } = analysis
  return [
    `${files} source files, ${lines} lines, ${functions} functions, ${tests} tests`,
    `cyclomatic complexity ${cyclomatic}, cognitive complexity ${cognitive}, ${duplicationPercent.toFixed(1)} % duplicated`,
    `language floor ${floor}`,
    ...smells.slice(0, MOST_SMELLS).map(({ kind, path, line, message }) => `${path}:${line} ${kind}: ${message}`),
  ]
}
