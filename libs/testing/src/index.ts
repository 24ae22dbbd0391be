export { specification, type Outcome, type Refusal, type Situation } from './given.ts'
