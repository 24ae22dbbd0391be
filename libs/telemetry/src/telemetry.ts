import { context, propagation, trace } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-node'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DestinationStream } from 'pino'
import { createLogger, type Logger, type LogLevel } from './logger.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { SpanFile } from './span-file.ts'

export interface TelemetryOptions {
  readonly service: string
  readonly version: string
  readonly logLevel?: LogLevel
  /** Where log lines go; standard output unless given. */
  readonly logDestination?: DestinationStream
  /** An OTLP/HTTP collector, for example `http://collector:4318`; spans stay in the process unless given. */
  readonly otlpEndpoint?: string | undefined
  /** A file to append spans to, one JSON object a line; processes may share it. */
  readonly spanFile?: string | undefined
}

export interface Telemetry {
  readonly logger: Logger
  readonly metrics: Metrics
  /** For `serveOps({ metrics })`. */
  readonly metricsHandler: (request: IncomingMessage, response: ServerResponse) => void
  /** Sends what is left and takes the global tracer away. Call it last. */
  shutdown(): Promise<void>
}

const exporters = async ({ otlpEndpoint, spanFile }: TelemetryOptions): Promise<SpanExporter[]> => {
  const chosen: SpanExporter[] = spanFile ? [new SpanFile(spanFile)] : []
  if (otlpEndpoint) {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
    chosen.push(new OTLPTraceExporter({ url: `${otlpEndpoint.replace(/\/+$/, '')}/v1/traces` }))
  }
  return chosen
}

/**
 * Logger, tracer and metrics of a process. The tracer is registered globally (in-process context, W3C propagation), so
 * that libraries find it; every call gets span ids, also where no exporter is configured, for the logs carry them. In a
 * process with several services, as in tests, the first one's tracer serves all; metrics and loggers stay apart.
 */
export const startTelemetry = async (options: TelemetryOptions): Promise<Telemetry> => {
  const { service, version, logLevel = 'info', logDestination } = options
  const resource = resourceFromAttributes({
    'service.name': service,
    'service.namespace': 'iama',
    'service.version': version,
  })
  const destinations = await exporters(options)
  const provider = new NodeTracerProvider({
    resource,
    // with nowhere to send them, spans are ids only: logs and callees get those, and nothing is collected in vain
    sampler: destinations.length > 0 ? new ParentBasedSampler({ root: new AlwaysOnSampler() }) : new AlwaysOffSampler(),
    spanProcessors: destinations.map(
      (exporter) => new BatchSpanProcessor(exporter, { scheduledDelayMillis: 500, maxQueueSize: 8_192 }),
    ),
  })
  const first = trace.setGlobalTracerProvider(provider)
  // context manager and propagator; it finds the tracer provider already in place
  if (first) provider.register()
  const registry = createMetrics(resource)
  const logger = createLogger({
    service,
    version,
    level: logLevel,
    ...(logDestination ? { destination: logDestination } : {}),
  })
  return {
    logger,
    metrics: registry.metrics,
    metricsHandler: registry.handler,
    shutdown: async () => {
      await provider.shutdown()
      await registry.shutdown()
      if (first) {
        trace.disable()
        context.disable()
        propagation.disable()
      }
      await new Promise<void>((resolve) => logger.flush(() => resolve()))
    },
  }
}
