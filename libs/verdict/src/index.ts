export type * from './types.ts'
export type { RunCommand, RunResult, Workbench } from './workbench.ts'
