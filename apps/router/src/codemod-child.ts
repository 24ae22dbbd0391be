import { answer, type CodemodJob } from './infrastructure/codemod-work.ts'

// A child process of the router: a transform takes seconds of CPU and must not stop the service's event loop.
process.once('message', (job: CodemodJob) => {
  try {
    process.send!({ text: answer(job) }, () => process.exit(0))
  } catch (error) {
    process.send!({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, () =>
      process.exit(1),
    )
  }
})
