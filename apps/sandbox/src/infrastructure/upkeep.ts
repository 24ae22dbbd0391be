import type { Logger } from '@iama/telemetry'
import type { SandboxRuntime } from '../application/ports.ts'
import type { SandboxApplication } from '../application/sandbox-application.ts'

const PERIOD_MS = 30_000

export interface UpkeepOptions {
  readonly idleMs: number
  readonly logger: Logger
}

/**
 * Wipes leftovers of dead processes at once and every half minute, and ends idle sessions.
 * @returns what to do when the service stops: ends every session, so that nothing is left behind
 */
export const upkeep = (
  app: SandboxApplication,
  runtime: SandboxRuntime,
  { idleMs, logger }: UpkeepOptions,
): (() => Promise<void>) => {
  let underWay: Promise<void> | undefined
  const complain = (error: unknown): void =>
    logger.warn({ error: error instanceof Error ? error.message : String(error) }, 'upkeep failed; it is repeated')
  const look = async (): Promise<void> => {
    try {
      const wiped = await app.sweep.execute()
      if (wiped > 0) logger.warn({ wiped }, 'wiped what dead processes had left behind')
      const idle = await app.endIdle.execute(idleMs)
      if (idle > 0) logger.info({ idle }, 'ended sessions that nobody used any more')
    } catch (error) {
      complain(error)
    }
  }
  const start = () => {
    underWay ??= look().finally(() => (underWay = undefined))
  }
  start()
  const upkeepTimer = setInterval(start, PERIOD_MS)
  return async () => {
    clearInterval(upkeepTimer)
    await underWay
    await app.endIdle.execute(0, 'lost').catch(complain)
    // without a database they are wiped all the same; the evidence stays on disk until the next start records it
    const evidence = await runtime.close()
    if (evidence.length > 0) logger.warn({ wiped: evidence.length }, 'wiped sessions without recording it')
  }
}
