import type { RunningService } from './service-host.ts'

/**
 * Runs a service until it is told to stop. A second signal ends the process at once; so does a stop that hangs for
 * longer than `patienceMs`.
 */
export const runService = async (start: () => Promise<RunningService>, patienceMs = 15_000): Promise<void> => {
  let running: RunningService
  try {
    running = await start()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exitCode = 1
    return
  }
  let stopping = false
  const stop = (): void => {
    if (stopping) process.exit(1)
    stopping = true
    setTimeout(() => process.exit(1), patienceMs).unref()
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}
