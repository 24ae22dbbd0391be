import type { Attributes, Meter, ObservableResult } from '@opentelemetry/api'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import type { Resource } from '@opentelemetry/resources'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { observeProcess } from './process-metrics.ts'

/** Grows only. */
export interface Count<Labels extends Attributes> {
  add(value: number, labels: Labels): void
}
/** Seconds, or whatever the name says. */
export interface Distribution<Labels extends Attributes> {
  record(value: number, labels: Labels): void
}
/** A value that is looked up whenever somebody asks for the metrics. */
export type Reading<Labels extends Attributes> = (
  report: (value: number, labels: Labels) => void,
) => void | Promise<void>

/** The names are the product's; dashboards and alerts rely on them. */
export interface Metrics {
  readonly jobStateTransitions: Count<{ from_state: string; to_state: string; tier: string }>
  readonly quotaReservations: Count<{ tier: string; phase: string; result: string }>
  readonly llmRequestDuration: Distribution<{ phase: string; model: string }>
  readonly llmTokens: Count<{
    tier: string
    phase: string
    model: string
    type: 'input' | 'output' | 'cached' | 'reasoning'
  }>
  readonly sandboxProvisionDuration: Distribution<{ result: 'ok' | 'failed' }>
  readonly apiRequestDuration: Distribution<{ method: string; route: string; status_code: string }>
  readonly rpcServerDuration: Distribution<{ rpc_service: string; rpc_method: string; grpc_code: string }>
  /** Further metrics. The name comes out as it is given; a counter's must end in `_total`. */
  counter<Labels extends Attributes = Attributes>(name: string, help: string): Count<Labels>
  histogram<Labels extends Attributes = Attributes>(
    name: string,
    help: string,
    boundaries?: readonly number[],
  ): Distribution<Labels>
  gauge<Labels extends Attributes = Attributes>(name: string, help: string, read: Reading<Labels>): void
}

export interface MetricsRegistry {
  readonly metrics: Metrics
  /** Answers with Prometheus' text format. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void
  shutdown(): Promise<void>
}

const fast = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const slow = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800]
const validName = /^[a-z][a-z0-9_]*$/

const instruments = (meter: Meter): Pick<Metrics, 'counter' | 'histogram' | 'gauge'> => {
  const checked = (name: string): string => {
    if (!validName.test(name)) throw new Error(`metric names are snake_case: ${name}`)
    return name
  }
  return {
    counter: (name, help) => {
      // the exporter would add the suffix by itself, and the name in the code would not be the name on the dashboard
      if (!name.endsWith('_total')) throw new Error(`the name of a counter ends in _total: ${name}`)
      return meter.createCounter(checked(name), { description: help })
    },
    histogram: (name, help, boundaries = fast) =>
      meter.createHistogram(checked(name), {
        description: help,
        advice: { explicitBucketBoundaries: [...boundaries] },
      }),
    gauge: (name, help, read) => {
      meter
        .createObservableGauge(checked(name), { description: help })
        .addCallback((result: ObservableResult) => read((value, labels) => result.observe(value, labels)))
    },
  }
}

/** The metrics of one process; each has its own registry, so that services that share a test process do not mix. */
export const createMetrics = (resource: Resource): MetricsRegistry => {
  const exporter = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true })
  const provider = new MeterProvider({ resource, readers: [exporter] })
  const meter = provider.getMeter('iama')
  const make = instruments(meter)
  const stopProcess = observeProcess(meter)
  const metrics: Metrics = {
    ...make,
    jobStateTransitions: make.counter('job_state_transitions_total', 'Transitions of jobs, by states and tier'),
    quotaReservations: make.counter('quota_reservations_total', 'Reservations of quota, by tier, phase and result'),
    llmRequestDuration: make.histogram('llm_request_duration_seconds', 'Calls of a model, from request to end', slow),
    llmTokens: make.counter('llm_tokens_total', 'Tokens, by tier, phase, model and type'),
    sandboxProvisionDuration: make.histogram('sandbox_provision_duration_seconds', 'Time to a usable sandbox', slow),
    apiRequestDuration: make.histogram('api_request_duration_seconds', 'Requests at the gateway'),
    rpcServerDuration: make.histogram('rpc_server_call_duration_seconds', 'Calls that this process answered'),
  }
  return {
    metrics,
    handler: (request, response) => exporter.getMetricsRequestHandler(request, response),
    shutdown: async () => {
      stopProcess()
      await provider.shutdown()
    },
  }
}
