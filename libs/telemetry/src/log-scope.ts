import { context, createContextKey, type Context } from '@opentelemetry/api'

/** Fields that every log line of a piece of work carries. Ids only: names and addresses stay out of logs. */
export interface LogFields {
  tenant_id?: string
  user_id?: string
  job_id?: string
  [field: string]: string | number | undefined
}

const key = createContextKey('iama.log-fields')

const fieldsIn = (from: Context): LogFields => (from.getValue(key) as LogFields | undefined) ?? {}

/** The fields of the work that runs now. */
export const currentLogFields = (): LogFields => fieldsIn(context.active())

/**
 * A context with its own fields, to be filled while the work goes on (the job's id is often known later than the
 * trace). The caller's fields are copied, so that nothing leaks back.
 */
export const logScope = (from: Context, fields: LogFields = {}): { context: Context; fields: LogFields } => {
  const own: LogFields = { ...fieldsIn(from), ...fields }
  return { context: from.setValue(key, own), fields: own }
}

/** Runs `work` with these fields on each of its log lines. */
export const withLogFields = <T>(fields: LogFields, work: () => T): T =>
  context.with(logScope(context.active(), fields).context, work)
