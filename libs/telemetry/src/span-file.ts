import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node'
import { appendFile } from 'node:fs/promises'

type ExportDone = Parameters<SpanExporter['export']>[1]

const milliseconds = ([seconds, nanos]: readonly [number, number]): number => seconds * 1_000 + nanos / 1e6

const line = (span: ReadableSpan): string =>
  JSON.stringify({
    trace_id: span.spanContext().traceId,
    span_id: span.spanContext().spanId,
    parent_span_id: span.parentSpanContext?.spanId,
    service: span.resource.attributes['service.name'],
    name: span.name,
    kind: SpanKind[span.kind]?.toLowerCase(),
    started_at: new Date(milliseconds(span.startTime)).toISOString(),
    duration_ms: milliseconds(span.duration),
    ok: span.status.code !== SpanStatusCode.ERROR,
    attributes: span.attributes,
  })

/**
 * Appends spans as JSON lines to a file that several processes may share: for the local stack, where a test follows
 * one trace from the CLI to an activity without a collector.
 */
export class SpanFile implements SpanExporter {
  readonly #path: string
  #last: Promise<void> = Promise.resolve()

  constructor(path: string) {
    this.#path = path
  }

  export(spans: ReadableSpan[], done: ExportDone): void {
    const lines = spans.map((span) => `${line(span)}\n`).join('')
    // one append for each batch: lines of different processes do not mix
    this.#last = this.#last
      .then(() => appendFile(this.#path, lines))
      .then(
        () => done({ code: 0 }),
        (error: Error) => done({ code: 1, error }),
      )
  }

  forceFlush(): Promise<void> {
    return this.#last
  }

  shutdown(): Promise<void> {
    return this.#last
  }
}
