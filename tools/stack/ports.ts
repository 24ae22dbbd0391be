import { createServer, type Server } from 'node:net'

// Below the range from which systems choose ports for outgoing connections, so that none of those can take one of ours.
const first = 20_000
const last = 32_000
/** Ports of one block; the first of them is its guard. */
const BLOCK = 100

const listen = (port: number): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server))
  })

const close = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()))

/** First ports of the blocks that are this process's own. */
const own = new Set<number>()
/** Ports that this process has handed out: their servers may be about to start. */
const given = new Set<number>()

/**
 * Makes a block this process's own for as long as it lives, by listening on its guard. A port that was free a moment ago
 * may be another stack's before its server has started, or while it starts again: of one block no two stacks choose.
 */
const takeBlock = async (start: number): Promise<boolean> => {
  if (own.has(start)) return true
  const guard = await listen(start)
  guard?.unref()
  if (guard) own.add(start)
  return guard !== undefined
}

const blockOf = (port: number): number => port - (port % BLOCK)

const portsOf = (start: number): number[] => Array.from({ length: BLOCK - 1 }, (_, at) => start + at + 1)

const shuffled = (ports: readonly number[]): number[] =>
  ports
    .map((port) => [Math.random(), port] as const)
    .sort(([a], [b]) => a - b)
    .map(([, port]) => port)

/**
 * Free loopback ports, all different. A port of `preferred` is taken again when it is free, so that a stack keeps its
 * addresses over a restart.
 */
export const freePorts = async (count: number, preferred: readonly number[] = []): Promise<number[]> => {
  const held = new Map<number, Server>()
  const take = async (port: number): Promise<boolean> => {
    const server = held.has(port) ? undefined : await listen(port)
    if (server) held.set(port, server)
    return server !== undefined
  }
  const ports: number[] = []
  try {
    for (const port of preferred.slice(0, count)) {
      if ((await takeBlock(blockOf(port))) && (await take(port))) ports.push(port)
      else ports.push(await anyPort(take))
    }
    while (ports.length < count) ports.push(await anyPort(take))
  } finally {
    await Promise.all([...held.values()].map(close))
  }
  for (const port of ports) given.add(port)
  return ports
}

/** One of a block that is ours already, or else of a new one. */
const anyPort = async (take: (port: number) => Promise<boolean>): Promise<number> => {
  const blocks = Array.from({ length: (last - first) / BLOCK }, (_, at) => first + at * BLOCK)
  for (const block of [...own, ...shuffled(blocks.filter((start) => !own.has(start)))]) {
    if (!(await takeBlock(block))) continue
    for (const port of shuffled(portsOf(block))) if (!given.has(port) && (await take(port))) return port
  }
  throw new Error(`no free loopback port between ${first} and ${last}`)
}

/** Hands out ports by name, the same as last time where they are still free. */
export const portsByName = async (
  names: readonly string[],
  before: Readonly<Record<string, number>> = {},
): Promise<Record<string, number>> => {
  const known = names.filter((name) => before[name] !== undefined)
  const fresh = names.filter((name) => before[name] === undefined)
  const order = [...known, ...fresh]
  const ports = await freePorts(
    order.length,
    known.map((name) => before[name]!),
  )
  return Object.fromEntries(order.map((name, i) => [name, ports[i]!]))
}
