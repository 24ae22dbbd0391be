/**
 * Logs, traces, metrics and the operator's port.
 *
 * ```ts
 * const telemetry = await startTelemetry({ service: 'jobs', version, logLevel, otlpEndpoint, spanFile })
 * const ready = readiness({ postgres: { check: () => pool.ping(), fix: 'start PostgreSQL' } })
 * const ops = await serveOps({ port, ready, metrics: telemetry.metricsHandler })
 * const server = await serve({ ..., health: ready, logger: telemetry.logger })
 *
 * await span('analyse', () => analyse(scope), { files: 12 })
 * telemetry.metrics.jobStateTransitions.add(1, { from_state, to_state, tier })
 * ```
 */
export { currentLogFields, logScope, withLogFields, type LogFields } from './log-scope.ts'
export { createLogger, silentLogger, type Logger, type LoggerOptions, type LogLevel } from './logger.ts'
export type { Count, Distribution, Metrics, Reading } from './metrics.ts'
export { serveOps, type OpsOptions, type OpsServer } from './ops-server.ts'
export {
  readiness,
  type CheckReport,
  type Readiness,
  type ReadinessCheck,
  type ReadinessOptions,
  type ReadinessReport,
} from './readiness.ts'
export { startTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.ts'
export { currentTraceparent, span, withTraceparent } from './tracing.ts'
