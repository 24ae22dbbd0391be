import type { Tokens } from '../../domain/price.ts'
import { toldTokens } from './told-usage.ts'

/** What an answer in one piece says, as far as it is paid for. */
export interface PlainAnswer {
  readonly told: Tokens | undefined
  readonly texts: readonly string[]
}

interface WireAnswer {
  readonly choices?: unknown
  readonly usage?: unknown
}

interface WireChoice {
  readonly message?: {
    readonly content?: unknown
    readonly reasoning_content?: unknown
    readonly refusal?: unknown
    readonly tool_calls?: readonly { readonly function?: { readonly name?: unknown; readonly arguments?: unknown } }[]
  } | null
}

/** Undefined where the bytes are no chat completion. */
export const readPlainAnswer = (bytes: Buffer): PlainAnswer | undefined => {
  try {
    const { choices, usage } = JSON.parse(bytes.toString()) as WireAnswer
    if (!Array.isArray(choices)) return undefined
    const told = toldTokens(usage)
    return { told, texts: told ? [] : choices.flatMap(textsOf) }
  } catch {
    return undefined
  }
}

const textsOf = ({ message }: WireChoice): string[] => {
  const calls = (message?.tool_calls ?? []).flatMap((call) => [call.function?.name, call.function?.arguments])
  const all = [message?.content, message?.reasoning_content, message?.refusal, ...calls]
  return all.filter((text) => typeof text === 'string')
}
