export { contractProject, workbenchContract, type WorkbenchFixture } from './testing/workbench-contract.ts'
