export { chooseContext } from './choose-context.ts'
export type { ChosenContext, ContextPart, ContextRequest, LeftOut, LineRange } from './types.ts'
