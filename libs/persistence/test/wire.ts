import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A loopback hop in front of PostgreSQL that reads along. */
export interface Wire {
  readonly url: string
  /** How often since the last call the server answered "ready for the next query": one for each round trip. */
  roundTrips(): number
  /** Bursts of the client since the last call: statements written without waiting share one. */
  bursts(): number
  close(): Promise<void>
}

/** Forwards to the server of `url` and counts. */
export const openWire = async (url: string): Promise<Wire> => {
  const target = new URL(url)
  let ready = 0
  let bursts = 0
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port) })
    let answered = true
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => [client, upstream].forEach((end) => end.destroy()))
    }
    client.on('data', (chunk) => {
      if (answered) bursts += 1
      answered = false
      upstream.write(chunk)
    })
    const messages = messageReader((type) => {
      if (type === 'Z') {
        ready += 1
        answered = true
      }
    })
    upstream.on('data', (chunk) => {
      messages(chunk)
      client.write(chunk)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const through = new URL(url)
  through.port = String((server.address() as AddressInfo).port)
  const taken = (read: () => number, reset: () => void): number => {
    const value = read()
    reset()
    return value
  }
  return {
    url: through.href,
    roundTrips: () =>
      taken(
        () => ready,
        () => (ready = 0),
      ),
    bursts: () =>
      taken(
        () => bursts,
        () => (bursts = 0),
      ),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Reads the server's messages (a type byte, a length that counts itself, a body) out of a stream of chunks. */
const messageReader = (onMessage: (type: string) => void): ((chunk: Buffer) => void) => {
  let rest = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 5 && rest.length >= 1 + rest.readInt32BE(1)) {
      onMessage(String.fromCharCode(rest[0]!))
      rest = rest.subarray(1 + rest.readInt32BE(1))
    }
  }
}
