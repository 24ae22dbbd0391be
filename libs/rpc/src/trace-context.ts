import {
  context as active,
  INVALID_TRACEID,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type TextMapGetter,
  type TextMapSetter,
} from '@opentelemetry/api'
import type { DescMethod } from '@bufbuild/protobuf'
import type { Metadata } from '@grpc/grpc-js'
import { randomBytes } from 'node:crypto'
import { Code, codeName } from './rpc-error.ts'

const getter: TextMapGetter<Metadata> = {
  get: (carrier, key) => carrier.get(key)[0]?.toString(),
  keys: (carrier) => Object.keys(carrier.getMap()),
}

const setter: TextMapSetter<Metadata> = { set: (carrier, key, value) => carrier.set(key, value) }

// fetched per span, not once: the provider is registered when the process starts, after this module is loaded
const tracer = () => trace.getTracer('iama.rpc')

interface Names {
  readonly span: string
  readonly attributes: Attributes
}

const known = new WeakMap<DescMethod, Names>()

const namesOf = (method: DescMethod): Names => {
  const names = known.get(method)
  if (names) return names
  const made = {
    span: `${method.parent.typeName}/${method.name}`,
    attributes: { 'rpc.system': 'grpc', 'rpc.service': method.parent.typeName, 'rpc.method': method.name },
  }
  known.set(method, made)
  return made
}

export interface TracedCall {
  readonly span: Span
  /** The OpenTelemetry context in which the call's work runs. */
  readonly context: Context
}

/** The span of a call that arrives: child of the caller's, whose identity stands in the metadata. */
export const serverSpan = (method: DescMethod, metadata: Metadata): TracedCall => {
  const remote = propagation.extract(active.active(), metadata, getter)
  const { span: name, attributes } = namesOf(method)
  const span = tracer().startSpan(name, { kind: SpanKind.SERVER, attributes }, remote)
  return { span, context: trace.setSpan(remote, span) }
}

/** The span of a call that leaves; its identity is written into the metadata. */
export const clientSpan = (method: DescMethod, metadata: Metadata, parent: Context): TracedCall => {
  const { span: name, attributes } = namesOf(method)
  const span = tracer().startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent)
  const context = trace.setSpan(parent, span)
  propagation.inject(context, metadata, setter)
  return { span, context }
}

/** Closes the span with the outcome; the error's text stays out, for it may quote a person's data. */
export const endSpan = (span: Span, code: Code): void => {
  span.setAttribute('rpc.grpc.status_code', code)
  if (code !== Code.OK) span.setStatus({ code: SpanStatusCode.ERROR, message: codeName(code) })
  span.end()
}

/** The span in the W3C `traceparent` form; undefined where no telemetry runs. */
export const traceparentOf = (span: Span): string | undefined => {
  const { traceId, spanId, traceFlags } = span.spanContext()
  if (traceId === INVALID_TRACEID) return undefined
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
}

/** The id under which an error is to be found in the logs: the trace's, or a fresh one where no telemetry runs. */
export const traceIdOf = (span: Span, traceparent: string | undefined): string => {
  const { traceId } = span.spanContext()
  if (traceId !== INVALID_TRACEID) return traceId
  return traceparent?.split('-')[1] ?? randomBytes(16).toString('hex')
}
