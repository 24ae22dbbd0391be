export { refactorJob } from './refactor-job.ts'
export { revert } from './revert.ts'
