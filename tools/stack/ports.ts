import { createServer, type Server } from 'node:net'

// Below the range from which systems choose ports for outgoing connections, so that none of those can take one of ours.
const first = 20_000
const last = 32_000

const listen = (port: number): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server))
  })

const close = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()))

/**
 * Free loopback ports, all different. A port of `preferred` is taken again when it is free, so that a stack keeps its
 * addresses over a restart.
 */
export const freePorts = async (count: number, preferred: readonly number[] = []): Promise<number[]> => {
  const held: Server[] = []
  const ports: number[] = []
  for (let tries = 0; ports.length < count; tries += 1) {
    if (tries > 1_000) throw new Error(`no ${count} free loopback ports between ${first} and ${last}`)
    const wanted = tries === 0 ? preferred[ports.length] : undefined
    const port = wanted ?? first + Math.floor(Math.random() * (last - first))
    const server = await listen(port)
    if (server === undefined) continue
    held.push(server)
    ports.push(port)
    tries = -1
  }
  await Promise.all(held.map(close))
  return ports
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
