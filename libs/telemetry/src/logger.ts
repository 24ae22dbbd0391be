import { redact, redactText } from '@iama/security'
import { trace } from '@opentelemetry/api'
import pino, { type DestinationStream, type Logger as PinoLogger } from 'pino'
import { currentLogFields } from './log-scope.ts'

export type Logger = PinoLogger
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

export interface LoggerOptions {
  readonly service: string
  readonly version: string
  readonly level: LogLevel
  /** Standard output unless given. */
  readonly destination?: DestinationStream
}

const traceFields = (): { trace_id?: string; span_id?: string } => {
  const span = trace.getActiveSpan()?.spanContext()
  return span && !/^0+$/.test(span.traceId) ? { trace_id: span.traceId, span_id: span.spanId } : {}
}

const clean = (arg: unknown): unknown => (typeof arg === 'string' ? redactText(arg) : arg)

/** pino would take the message of a lone error as it is. */
const cleanArguments = (args: readonly unknown[]): unknown[] => {
  const [first, ...rest] = args
  if (first instanceof Error && rest.length === 0) return [{ err: first }, redactText(first.message)]
  return args.map(clean)
}

/** pino has no hook for the fields of children. */
const withCleanChildren = (logger: Logger): Logger => {
  const child = logger.child
  logger.child = function (this: Logger, bindings: object, ...rest: unknown[]) {
    return Reflect.apply(child, this, [redact(bindings), ...rest])
  } as typeof child
  return logger
}

/**
 * JSON lines with `timestamp level service trace_id job_id user_id message`. Secrets are redacted in fields, errors and
 * messages, by name and by form. No transport: worker threads do not survive bundling.
 */
export const createLogger = ({ service, version, level, destination }: LoggerOptions): Logger =>
  withCleanChildren(
    pino(
      {
        level,
        base: { service, version },
        messageKey: 'message',
        timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
        mixin: () => ({ ...traceFields(), ...currentLogFields() }),
        // redact() has reduced errors already; pino's own serializer would take them for errors again
        serializers: { err: (error: unknown) => error },
        formatters: {
          level: (label) => ({ level: label }),
          log: (fields) => redact(fields) as Record<string, unknown>,
        },
        hooks: {
          logMethod(args, method) {
            method.apply(this, cleanArguments(args) as Parameters<typeof method>)
          },
        },
      },
      destination ?? pino.destination({ dest: 1, sync: false }),
    ),
  )

/** A logger that says nothing, for tests that look elsewhere. */
export const silentLogger = (): Logger => pino({ level: 'silent' })
