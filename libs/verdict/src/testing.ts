export { LocalWorkbench } from './testing/local-workbench.ts'
export { contractProject, workbenchContract, type WorkbenchFixture } from './testing/workbench-contract.ts'
