import { connectNats, OutboxRelay, type RelayStep } from '../src/index.ts'
import { declaredStream, quickRelay, type WorldAddress } from './world.ts'

/* A relay as a process of its own. It reports each step, and kills itself at the step that it is told to. */

interface Argument extends WorldAddress {
  readonly killAt?: RelayStep
  /** How often it reaches the step before that. */
  readonly after?: number
  readonly leaseMs?: number
  /** Rows held at once; with many of them they go out as one. */
  readonly batch?: number
}

const argument = JSON.parse(process.argv[2]!) as Argument
process.on('disconnect', () => process.exit())
let left = argument.after ?? 0
const nats = await connectNats({ url: argument.natsUrl, name: 'relay' })
const relay = new OutboxRelay({
  ...quickRelay,
  ...(argument.leaseMs ? { leaseMs: argument.leaseMs } : {}),
  batch: argument.batch ?? 16,
  service: argument.service,
  databaseUrl: argument.relayUrl,
  nats,
  stream: declaredStream(argument.service),
  log: { info: () => undefined, warn: (message) => process.stderr.write(`${message}\n`) },
  onStep: (step) => {
    process.send?.(step)
    if (step === argument.killAt && left-- === 0) process.kill(process.pid, 'SIGKILL')
  },
})
relay.start()
