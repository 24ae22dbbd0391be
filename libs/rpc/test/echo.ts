import { Code, implement, RpcError, type CallContext, type Handlers } from '@iama/rpc'
import { EchoService } from '@iama/contracts/iama/test/v1/echo_service'
import type { Principal } from '@iama/security'
import { setTimeout as sleep } from 'node:timers/promises'

export const tester: Principal = {
  kind: 'user',
  tenantId: '018f0000-0000-7000-8000-000000000001',
  userId: '018f0000-0000-7000-8000-000000000002',
  roles: ['developer'],
}

/** What the server saw, for tests that look from both sides. */
export interface Seen {
  contexts: CallContext[]
  yielded: number
  closed: number
}

const delayMs = (delay: { seconds: bigint; nanos: number } | undefined): number =>
  delay ? Number(delay.seconds) * 1_000 + delay.nanos / 1e6 : 0

export const echoHandlers = (seen: Seen): Handlers<typeof EchoService> => ({
  echo: async (request, context) => {
    seen.contexts.push(context)
    const ms = delayMs(request.delay)
    if (ms > 0) await sleep(ms, undefined, { signal: context.signal })
    return { text: request.text, payload: request.payload }
  },
  async *count(request, context) {
    seen.contexts.push(context)
    try {
      const padding = new Uint8Array(request.paddingBytes)
      for (let index = 0; index < request.count; index += 1) {
        seen.yielded += 1
        yield { index, padding }
      }
    } finally {
      seen.closed += 1
    }
  },
  collect: async (requests, context) => {
    seen.contexts.push(context)
    const texts: string[] = []
    for await (const { text } of requests) {
      if (text === 'stop') break
      if (text === 'fail') throw new RpcError({ status: Code.ABORTED, reason: 'COLLECT_FAILED', message: 'as asked' })
      texts.push(text)
    }
    return { count: texts.length, text: texts.join('') }
  },
  async *chat(requests, context) {
    seen.contexts.push(context)
    try {
      for await (const { text } of requests) {
        if (text === 'stop') break
        yield { text }
      }
      yield { text: 'bye' }
    } finally {
      seen.closed += 1
    }
  },
})

/** The echo service, with what it saw. */
export const echo = () => {
  const seen: Seen = { contexts: [], yielded: 0, closed: 0 }
  return { seen, implementation: implement(EchoService, echoHandlers(seen)) }
}

/** Collects what a server logs instead of printing it. */
export const recordingLogger = () => {
  const lines: { level: string; fields: Record<string, unknown>; message: string }[] = []
  const at = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields: fields as Record<string, unknown>, message })
  }
  return { lines, error: at('error'), warn: at('warn'), debug: at('debug') }
}

/** Waits until the condition holds; fails after `ms`. */
export const eventually = async (condition: () => boolean, ms = 10_000): Promise<void> => {
  const end = Date.now() + ms
  while (!condition()) {
    if (Date.now() > end) throw new Error(`did not happen within ${ms} ms: ${condition}`)
    await sleep(5)
  }
}

export async function* from<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}
