import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

import type { ModelRequest, ToldUsage } from './model-behaviour.ts'

/** What is written down while a call is answered. */
export interface Progress {
  chunksSent: number
  tokensSent: number
  reasoningSent: number
  usage?: ToldUsage
}

/** One call that is being answered. */
export interface Exchange {
  readonly id: string
  readonly request: ModelRequest
  readonly response: ServerResponse
  readonly progress: Progress
  /** Fires when the connection is gone. */
  readonly gone: AbortSignal
  /** Closes the connection as the script says. */
  readonly cut: () => void
}

/** Writes, and waits until the system has taken it or the connection is gone. */
export const send = async ({ response, gone }: Exchange, text: string): Promise<void> => {
  gone.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const leave = (): void => reject(gone.reason as Error)
    gone.addEventListener('abort', leave, { once: true })
    response.write(text, () => {
      gone.removeEventListener('abort', leave)
      resolve()
    })
  })
}

const LONGEST_TIMER = 2 ** 31 - 1

/** Says nothing for a while, or nothing but comments. */
export const wait = async (exchange: Exchange, ms: number, commentEveryMs = Infinity): Promise<void> => {
  for (let left = ms; left > 0;) {
    const pause = Math.min(left, commentEveryMs, LONGEST_TIMER)
    await sleep(pause, undefined, { signal: exchange.gone })
    left -= pause
    if (left > 0 && commentEveryMs !== Infinity) await send(exchange, ': still working\n\n')
  }
}

/** What every object of the protocol begins with. */
export const headOf = ({ id, request }: Exchange, object: string): object => ({
  id,
  object,
  created: Math.floor(Date.now() / 1_000),
  model: request.model,
})

/** A chunk of a stream. */
export const eventOf = (exchange: Exchange, delta: object, finish: string | null = null): string => {
  const choices = [{ index: 0, delta, finish_reason: finish }]
  return `data: ${JSON.stringify({ ...headOf(exchange, 'chat.completion.chunk'), choices })}\n\n`
}

export const openStream = (exchange: Exchange): void => {
  exchange.response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  exchange.response.flushHeaders()
}

/** OpenAI's error object. */
export const errorBody = (message: string, type: string, code: string | null = null): object => ({
  error: { message, type, param: null, code },
})
