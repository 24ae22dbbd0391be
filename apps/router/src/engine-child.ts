import { answer, type EngineWork } from './infrastructure/engine-work.ts'

// A child process of the router: a transform takes seconds of CPU and must not stop the service's event loop.
process.once('message', (work: EngineWork) => {
  void answer(work).then(
    (text) => process.send!({ text }, () => process.exit(0)),
    (error: unknown) =>
      process.send!({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, () =>
        process.exit(1),
      ),
  )
})
