// A server in a process of its own, for the tests that kill it. Prints its address.
import { serve } from '@iama/rpc'
import { echo, recordingLogger, tester } from './echo.ts'

const server = await serve({
  services: [echo().implementation],
  address: `127.0.0.1:${process.argv[2]}`,
  authenticate: () => tester,
  logger: recordingLogger(),
})
console.log(server.address)
