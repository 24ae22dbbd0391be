export { deepFix } from './deep-fix.ts'
export { refactorJob } from './refactor-job.ts'
export { revert } from './revert.ts'
