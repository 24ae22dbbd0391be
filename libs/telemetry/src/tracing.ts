import { context, propagation, SpanStatusCode, trace, type Attributes, type Span } from '@opentelemetry/api'

const tracer = () => trace.getTracer('iama')

const isPromise = (value: unknown): value is Promise<unknown> => value instanceof Promise

/**
 * Runs `work` in a span of its own, child of the one that runs now; the span ends with the work, also when that is a
 * promise, and takes the error's name, never its text.
 */
export const span = <T>(name: string, work: (span: Span) => T, attributes: Attributes = {}): T =>
  tracer().startActiveSpan(name, { attributes }, (current) => {
    const failed = (error: unknown): never => {
      current.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'error' })
      current.end()
      throw error
    }
    try {
      const result = work(current)
      if (isPromise(result))
        return result.then((value) => {
          current.end()
          return value
        }, failed) as T
      current.end()
      return result
    } catch (error) {
      return failed(error)
    }
  })

/** The present span in W3C form, to be sent with what is not a call: events, workflow arguments. */
export const currentTraceparent = (): string | undefined => {
  const carrier: { traceparent?: string } = {}
  propagation.inject(context.active(), carrier)
  return carrier.traceparent
}

/** Runs `work` as part of the trace that a `traceparent` names; without one, in the present trace. */
export const withTraceparent = <T>(traceparent: string | undefined, work: () => T): T =>
  traceparent ? context.with(propagation.extract(context.active(), { traceparent }), work) : work()
