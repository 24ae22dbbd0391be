import { carryOut } from './infrastructure/gates/carry-out.ts'
import type { FromWorker, ToWorker } from './infrastructure/gates/protocol.ts'
import { RemoteWorkbench } from './infrastructure/gates/remote-workbench.ts'
import { toSentError } from './infrastructure/gates/sent-error.ts'

// One order at a time in a process of its own: heavy work never runs on the service's event loop, and can be killed.

const send = (message: FromWorker): void => void process.send?.(message)
const workbench = new RemoteWorkbench(send)

process.on('disconnect', () => process.exit(1))
process.on('message', (message: ToWorker) => {
  if (message.type !== 'order') return workbench.receive(message)
  workbench.forget()
  carryOut(message.order, workbench, {
    progress: (progress) => send({ type: 'progress', progress }),
    gate: (gate) => send({ type: 'gate', gate }),
  }).then(
    (result) => send({ type: 'done', result }),
    (error: unknown) => send({ type: 'failed', error: toSentError(error) }),
  )
})
