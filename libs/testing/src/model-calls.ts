import type { IncomingHttpHeaders, ServerResponse } from 'node:http'

import type { Exchange, Progress } from './model-wire.ts'
import type { CallEnd, ModelCall, ModelRequest, TokenSum } from './model-behaviour.ts'
import { promptTokens } from './model-tokens.ts'

/** A call as it is written down while it runs. */
export type RunningCall = { -readonly [K in keyof ModelCall]: ModelCall[K] } & Progress

/** Writes down what becomes of every call, and adds up the bill. */
export class ModelCalls {
  readonly kept: RunningCall[] = []
  open = 0
  private readonly keep: number
  private next = 0
  private bill: TokenSum = nothing

  /** @param keep calls that are remembered with their request */
  constructor(keep: number) {
    this.keep = keep
  }

  tokens(): TokenSum {
    return { ...this.bill }
  }

  reset(): void {
    this.kept.length = 0
    this.bill = nothing
  }

  /** Writes a call down that has arrived, and watches its connection until it ends. */
  begin(
    request: ModelRequest,
    headers: IncomingHttpHeaders,
    response: ServerResponse,
  ): { call: RunningCall; exchange: Exchange } {
    const began = performance.now()
    const call: RunningCall = {
      ...{ index: this.next++, request, headers, behaviour: undefined, startedAt: Date.now() },
      ...{ chunksSent: 0, tokensSent: 0, reasoningSent: 0 },
    }
    this.kept.push(call)
    if (this.kept.length > this.keep) this.kept.splice(0, this.kept.length - this.keep)
    this.open++
    const gone = new AbortController()
    const close = (ended: CallEnd): void => {
      if (call.ended !== undefined) return
      Object.assign(call, { ended, endedAt: Date.now(), closedAfterMs: performance.now() - began })
      if (response.headersSent) call.status = response.statusCode
      this.open--
      this.charge(call)
      gone.abort()
    }
    response.once('finish', () => close('served'))
    response.once('close', () => close('closed-by-client'))
    const cut = (): void => {
      close('cut')
      response.destroy()
    }
    const id = `chatcmpl-${call.index}`
    return { call, exchange: { id, request, response, progress: call, gone: gone.signal, cut } }
  }

  private charge({ behaviour, chunksSent, tokensSent, reasoningSent, usage, request }: RunningCall): void {
    if (behaviour === undefined || !('text' in behaviour) || chunksSent === 0) return
    const input = usage?.prompt_tokens ?? behaviour.usage?.prompt_tokens ?? promptTokens(request)
    const { cached_tokens = behaviour.cached ?? 0 } = usage?.prompt_tokens_details ?? {}
    const { reasoning_tokens = reasoningSent } = usage?.completion_tokens_details ?? {}
    this.bill = {
      input: this.bill.input + input,
      output: this.bill.output + (usage?.completion_tokens ?? tokensSent),
      cached: this.bill.cached + cached_tokens,
      reasoning: this.bill.reasoning + reasoning_tokens,
    }
  }
}

const nothing: TokenSum = { input: 0, output: 0, cached: 0, reasoning: 0 }
