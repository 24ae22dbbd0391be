import { countTokens, decodeGenerator, encode } from 'gpt-tokenizer/encoding/o200k_base'

import type { ModelRequest } from './model-behaviour.ts'

/** Tokens that a message costs beside its text. */
const TOKENS_PER_MESSAGE = 4

/** Tokens of a text by OpenAI's o200k_base, in which names of special tokens are plain text. */
export const tokensIn = (text: string): number => countTokens(text, plain)

const plain = { disallowedSpecial: new Set<string>() }

/** The text of a message, of its text parts if it has parts. */
const textOf = (content: unknown): string => {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part: { text?: unknown }) => (typeof part?.text === 'string' ? part.text : '')).join('')
}

/** All that a request says, for scripts that decide by it. */
export const promptOf = ({ messages }: ModelRequest): string =>
  messages.map(({ content }) => textOf(content)).join('\n')

/** Tokens of a request: those of each message's text, and four more for each message. */
export const promptTokens = ({ messages }: ModelRequest): number =>
  messages.reduce((sum, { content }) => sum + tokensIn(textOf(content)) + TOKENS_PER_MESSAGE, 0)

/** A stretch of text and how many tokens it is. */
export interface Piece {
  readonly text: string
  readonly tokens: number
}

/** A text in pieces of so many tokens; one that would end within a character is longer. */
export const piecesOf = (text: string, tokensPerPiece: number): Piece[] => {
  let read = 0
  const counted = function* (): Generator<number> {
    for (const token of encode(text, plain)) {
      read++
      yield token
    }
  }
  const pieces: Piece[] = []
  let [piece, from] = ['', 0]
  for (const part of decodeGenerator(counted())) {
    piece += part
    if (part === '' || read - from < tokensPerPiece) continue
    pieces.push({ text: piece, tokens: read - from })
    ;[piece, from] = ['', read]
  }
  return read > from ? [...pieces, { text: piece, tokens: read - from }] : pieces
}
