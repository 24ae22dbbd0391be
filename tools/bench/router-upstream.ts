// The model server of the router benchmark, in a process of its own; prints its base URL. It says one answer to
// everybody, plain or in chunks that are written one by one, and does as little as can be beside: what it took itself
// would stand in every side's figures.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const WORDS = 'The quick brown fox jumps over the lazy dog. '.repeat(10)
/** Characters of a chunk: about four tokens. */
const CHUNK = 18
const usage = { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 }

const headOf = (object: string) => ({ id: 'chatcmpl-0', object, created: 1_700_000_000, model: 'scripted' })
const eventOf = (body: object): Buffer => Buffer.from(`data: ${JSON.stringify(body)}\n\n`)
const chunkOf = (delta: object, finish: string | null = null): Buffer =>
  eventOf({ ...headOf('chat.completion.chunk'), choices: [{ index: 0, delta, finish_reason: finish }] })

const message = { role: 'assistant', content: WORDS }
const choices = [{ index: 0, message, finish_reason: 'stop' }]
const plain = Buffer.from(JSON.stringify({ ...headOf('chat.completion'), choices, usage }))
const pieces = Array.from({ length: Math.ceil(WORDS.length / CHUNK) }, (_, at) =>
  WORDS.slice(at * CHUNK, (at + 1) * CHUNK),
)
const events = [
  chunkOf({ role: 'assistant', content: '' }),
  ...pieces.map((content) => chunkOf({ content })),
  chunkOf({}, 'stop'),
  eventOf({ ...headOf('chat.completion.chunk'), choices: [], usage }),
  Buffer.from('data: [DONE]\n\n'),
]

const STREAM = Buffer.from('"stream":true')

const isStreamed = async (request: IncomingMessage): Promise<boolean> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).includes(STREAM)
}

/** Each chunk when the system has taken the one before, as a model has them one after the other. */
const stream = (response: ServerResponse): void => {
  let next = 0
  const send = (): void => {
    const event = events[next++]!
    if (next === events.length) response.end(event)
    else response.write(event, (error) => error ?? send())
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.flushHeaders()
  send()
}

const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  if (await isStreamed(request)) return stream(response)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': plain.length }).end(plain)
}

/** Longer than the other sides' turns take: a connection that is closed while one reuses it would fail its call. */
const KEEP_ALIVE_MS = 600_000

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
  // a client that goes while its request is read
  answer(request, response).catch(() => response.destroy())
})

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1\n`)
})
