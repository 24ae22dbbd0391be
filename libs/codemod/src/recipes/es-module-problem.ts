import type ts from 'typescript'

/** Why a file cannot become an ES module, and where that stands. */
export interface ModuleProblem {
  readonly at: ts.Node
  readonly reason: string
}

export const isProblem = (value: object): value is ModuleProblem => 'reason' in value
