import { client, serve, type Client, type ClientOptions, type RpcServer, type ServeOptions } from '@iama/rpc'
import { EchoService } from '@iama/contracts/iama/test/v1/echo_service'
import { echo, recordingLogger, tester } from './echo.ts'

/** An echo server on a free port with its own logger and client; `options` replace the defaults. */
export const startEcho = async (options: Partial<ServeOptions> = {}, clientOptions: ClientOptions = {}) => {
  const logger = recordingLogger()
  const { seen, implementation } = echo()
  const server: RpcServer = await serve({
    services: [implementation],
    address: '127.0.0.1:0',
    authenticate: () => tester,
    logger,
    graceMs: 100,
    ...options,
  })
  const rpc: Client<typeof EchoService> = client(EchoService, server.address, clientOptions)
  const stop = async () => {
    rpc[Symbol.dispose]()
    await server.stop()
  }
  return { server, rpc, seen, logger, stop }
}
