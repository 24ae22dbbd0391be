import type { MalformedAnswer, StatusAnswer } from './model-behaviour.ts'
import { errorBody, eventOf, openStream, send, wait, type Exchange } from './model-wire.ts'

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
}

export const answerStatus = async (exchange: Exchange, answer: StatusAnswer): Promise<void> => {
  const { status, retryAfter, body } = answer
  await wait(exchange, answer.afterMs ?? 0)
  const headers = {
    'content-type': 'application/json',
    ...(retryAfter !== undefined && {
      'retry-after': retryAfter instanceof Date ? retryAfter.toUTCString() : String(retryAfter),
    }),
  }
  const told = body ?? errorBody(`the script refuses with ${status}`, errorTypes[status] ?? 'server_error')
  exchange.response.writeHead(status, headers).end(typeof told === 'string' ? told : JSON.stringify(told))
}

const html = '<!doctype html><title>502 Bad Gateway</title><h1>Bad Gateway</h1>\n'

export const answerMalformed = async (exchange: Exchange, { malformed }: MalformedAnswer): Promise<void> => {
  const { request, response } = exchange
  if (malformed === 'empty') return void response.writeHead(200).end()
  if (malformed === 'html') return void response.writeHead(200, { 'content-type': 'text/html' }).end(html)
  const half = eventOf(exchange, { content: 'half' }).slice(6, 60)
  const error = JSON.stringify(errorBody('the model has crashed', 'server_error'))
  const other = JSON.stringify({ object: 'something.else', result: [] })
  if (!request.stream) {
    const bodies = {
      'bad-json': half,
      'bad-sse': 'oops: no JSON',
      'no-choices': other,
      'no-end': half,
      'error-event': error,
    }
    return void response.writeHead(200, { 'content-type': 'application/json' }).end(bodies[malformed])
  }
  const events = {
    'bad-json': `data: ${half}\n\ndata: [DONE]\n\n`,
    'bad-sse': 'oops, no event\n\n{"choices": [\n\n',
    'no-choices': `data: ${other}\n\ndata: [DONE]\n\n`,
    'no-end': eventOf(exchange, { content: 'and so' }),
    'error-event': `data: ${error}\n\n`,
  }
  openStream(exchange)
  await send(exchange, eventOf(exchange, { role: 'assistant', content: '' }))
  response.end(events[malformed])
}
