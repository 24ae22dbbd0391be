/** A message as OpenAI's protocol has it. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/**
 * One text that we send to models. Whatever changes what is rendered is a new version; `prompts.lock.json` holds what
 * each version renders, and `node libs/prompts/tools/lock.ts` records a new one.
 */
export interface Prompt<Inputs> {
  readonly id: string
  /** 1, 2, 3 … */
  readonly version: number
  /** Inputs that reach every sentence of the text; their rendering is what the lock file remembers. */
  readonly samples: readonly Inputs[]
  /** The same inputs give the same bytes. */
  render(inputs: Inputs): ChatMessage[]
}

/** How a job records which text it used: `proposal@1`. */
export const nameOf = ({ id, version }: Pick<Prompt<never>, 'id' | 'version'>): string => `${id}@${version}`
