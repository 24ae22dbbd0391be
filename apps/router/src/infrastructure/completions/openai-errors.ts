import type { ServerResponse } from 'node:http'
import { DomainError, InvalidRequest, type ErrorKind } from '@iama/kernel'
import { ProviderRefusal } from './provider-status.ts'

/** An error as OpenAI's clients read it. */
export interface OpenAiError {
  readonly status: number
  readonly body: {
    readonly message: string
    readonly type: string
    readonly param: string | null
    readonly code: string | null
  }
  readonly headers: Readonly<Record<string, string>>
}

const statuses: Readonly<Record<ErrorKind, readonly [status: number, type: string]>> = {
  invalid: [400, 'invalid_request_error'],
  'not-found': [404, 'invalid_request_error'],
  conflict: [409, 'invalid_request_error'],
  refused: [400, 'invalid_request_error'],
  unauthenticated: [401, 'authentication_error'],
  forbidden: [403, 'permission_error'],
  exhausted: [429, 'rate_limit_error'],
  unavailable: [503, 'server_error'],
}

/** Their words for some of our reasons, which libraries know. */
const codes: Readonly<Record<string, string>> = {
  BUDGET_REACHED: 'insufficient_quota',
  CONTEXT_TOO_LARGE: 'context_length_exceeded',
  MODEL_NOT_FOUND: 'model_not_found',
  CREDENTIAL_REFUSED: 'invalid_api_key',
  TOKEN_MISSING: 'invalid_api_key',
  TOKEN_INVALID: 'invalid_api_key',
}

/** Repeating it at once is of no use: OpenAI's clients would. */
const DO_NOT_REPEAT = { 'x-should-retry': 'false' }

/** The error as a client shall see it; undefined for what nobody foresaw. */
export const openAiErrorOf = (error: unknown): OpenAiError | undefined => {
  if (error instanceof ProviderRefusal) {
    const { status, body } = error
    return { status, body: { ...EMPTY, ...body }, headers: {} }
  }
  if (!(error instanceof DomainError)) return undefined
  const { code, kind, message, metadata } = error
  const [status, type] = code === 'BODY_TOO_LARGE' ? [413, 'invalid_request_error'] : statuses[kind]
  const param = error instanceof InvalidRequest ? (error.violations[0]?.field ?? null) : null
  if (code === 'BUDGET_REACHED') {
    return { status, body: { message, type: 'insufficient_quota', param, code: codes[code]! }, headers: DO_NOT_REPEAT }
  }
  return { status, body: { message, type, param, code: codes[code] ?? code.toLowerCase() }, headers: waitOf(metadata) }
}

const EMPTY = { message: '', type: 'invalid_request_error', param: null, code: null }

const waitOf = ({ retry_after_ms: wait, hopeless }: Readonly<Record<string, string>>): Record<string, string> => {
  if (hopeless) return DO_NOT_REPEAT
  return wait === undefined ? {} : { 'retry-after': String(Math.ceil(Number(wait) / 1_000)), 'retry-after-ms': wait }
}

export const sendError = (response: ServerResponse, { status, body, headers }: OpenAiError): void => {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers })
  response.end(JSON.stringify({ error: body }))
}

/** The last event of a stream that broke off: OpenAI's clients raise it as an error. */
export const brokenOff = (why: string): string =>
  `data: ${JSON.stringify({ error: { message: `the model ${why}`, type: 'server_error', param: null, code: 'stream_broken' } })}\n\n`
