import { mendOutput } from '@iama/prompts'
import type { Briefing, ChatMessage } from '../application/ports.ts'

/** The conversation so far, and what is wrong with its last turn. */
export const mendingMessages = ({ messages }: Briefing, reply: string, problem: string): readonly ChatMessage[] =>
  mendOutput.render({ messages, reply, problem })
