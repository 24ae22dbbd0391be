export { countTokens } from './count-tokens.ts'
export { isExact } from './model-encoding.ts'
export { TokenCounter } from './token-counter.ts'
