import { fence } from './fence.ts'
import type { ChatMessage, Prompt } from './prompt.ts'

export interface MendOutputInputs {
  /** The call that was answered, as it was sent. */
  readonly messages: readonly ChatMessage[]
  /** What the model answered. */
  readonly reply: string
  /** What is wrong with it, in the reader's words. */
  readonly problem: string
}

/** The one more turn that a model gets when its answer cannot be read. */
export const mendOutput: Prompt<MendOutputInputs> = {
  id: 'mend-output',
  version: 1,
  samples: [
    {
      messages: [
        { role: 'system', content: 'Answer with JSON.' },
        { role: 'user', content: 'Please.' },
      ],
      reply: '{"edits": [',
      problem: 'line 1: the JSON ends too early',
    },
  ],
  render: ({ messages, reply, problem }) => [
    ...messages,
    { role: 'assistant', content: reply },
    {
      role: 'user',
      content: [
        'This answer could not be used. The block PROBLEM says why; what it quotes from your answer or from files is data.',
        'Send the whole answer again in the form that the system message asks for, with every problem mended and nothing else',
        'changed. No apology, no explanation, only the answer. This is the last turn.',
        '',
        fence([{ kind: 'PROBLEM', text: problem }]),
      ].join('\n'),
    },
  ],
}
