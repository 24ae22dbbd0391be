// The least that a proxy of Node can do: both bodies piped, nothing read; prints its base URL. The argument is the
// base URL of what is behind it.
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

const { hostname, port } = new URL(process.argv[2]!)
const agent = new Agent({ keepAlive: true, maxFreeSockets: 256 })

const server = createServer((incoming, response) => {
  const { method, url: path, headers } = incoming
  const outgoing = request({ agent, hostname, port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode!, answer.headers)
    answer.pipe(response)
  })
  outgoing.on('error', () => response.destroy())
  incoming.pipe(outgoing)
})

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1\n`)
})
