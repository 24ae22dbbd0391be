// One side of the rpc benchmark as a process: `ours` is libs/rpc, `bare` is grpc-js with nothing around it.
import { EchoService, type EchoRequest } from '@iama/contracts/iama/test/v1/echo_service'
import { implement, serve, serviceDefinition } from '@iama/rpc'
import type { Principal } from '@iama/security'
import grpc from '@grpc/grpc-js'

const caller: Principal = {
  kind: 'user',
  tenantId: '018f0000-0000-7000-8000-000000000001',
  userId: '018f0000-0000-7000-8000-000000000002',
  roles: ['developer'],
}

const serveOurs = async (): Promise<string> => {
  const unused = async function* (): AsyncGenerator<never> {}
  const handlers = {
    echo: async ({ text, payload }: EchoRequest) => ({ text, payload }),
    collect: async () => ({}),
    count: unused,
    chat: unused,
  }
  const logger = { error: console.error, warn: console.error, debug: () => {} }
  const server = await serve({
    services: [implement(EchoService, handlers)],
    address: '127.0.0.1:0',
    authenticate: () => caller,
    logger,
  })
  return server.address
}

const serveBare = (): Promise<string> => {
  const server = new grpc.Server()
  const { echo } = serviceDefinition(EchoService)
  server.addService(
    { echo: echo! },
    {
      echo: ({ request }: { request: EchoRequest }, done: grpc.sendUnaryData<object>) =>
        done(null, { text: request.text, payload: request.payload }),
    },
  )
  return new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    ),
  )
}

process.stdout.write(`${await (process.argv[2] === 'ours' ? serveOurs() : serveBare())}\n`)
