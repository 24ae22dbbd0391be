export { featureProblem } from './feature-problem.ts'
