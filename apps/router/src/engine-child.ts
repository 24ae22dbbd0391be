import { answer, type EngineWork } from './infrastructure/engine-work.ts'

// A child process of the router: a transform takes seconds of CPU and must not stop the service's event loop. It does
// one piece of work at a time, and ends when something goes wrong or nobody is left to ask it.
process.on('message', (work: EngineWork) => {
  void answer(work).then(
    (text) => process.send!({ text }),
    (error: unknown) =>
      process.send!({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, () =>
        process.exit(1),
      ),
  )
})
process.on('disconnect', () => process.exit(0))

// while it waits for its first work it loads what takes longest
void import('./infrastructure/offline-work.ts')
