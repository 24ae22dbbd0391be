import { createDataSource } from '@iama/persistence'
import { connectNats, EventConsumer, type ConsumerStep } from '../src/index.ts'
import { CONSUMER, declaredStream, quickConsumer, recordOnce, type WorldAddress } from './world.ts'

/* A consumer as a process of its own. It reports each step, and kills itself at the step that it is told to. */

interface Argument extends WorldAddress {
  readonly killAt?: ConsumerStep
  /** How often it reaches the step before that. */
  readonly after?: number
  /** Sequences of events on which it fails. */
  readonly poison?: readonly number[]
  /** Sequences of events that end the process. */
  readonly deadly?: readonly number[]
}

const argument = JSON.parse(process.argv[2]!) as Argument
process.on('disconnect', () => process.exit())
let left = argument.after ?? 0
const nats = await connectNats({ url: argument.natsUrl, name: 'consumer' })
const record = recordOnce(await createDataSource({ url: argument.appUrl, entities: [] }))
const consumer = new EventConsumer({
  ...quickConsumer,
  nats,
  stream: declaredStream(argument.service),
  consumer: CONSUMER,
  act: async (message) => {
    if (argument.deadly?.includes(message.sequence)) process.kill(process.pid, 'SIGKILL')
    if (argument.poison?.includes(message.sequence)) throw new Error('indigestible')
    await record(message)
  },
  log: { info: () => undefined, warn: (message) => process.stderr.write(`${message}\n`) },
  onStep: (step) => {
    process.send?.(step)
    if (step === argument.killAt && left-- === 0) process.kill(process.pid, 'SIGKILL')
  },
})
consumer.start()
