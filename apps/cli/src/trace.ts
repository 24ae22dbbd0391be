import { randomBytes } from 'node:crypto'

import type { Interceptor } from '@connectrpc/connect'

/** The identity of one command's work, from its first call to the last activity, in the W3C form `traceparent`. */
export const newTrace = (): string => `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`

/** Makes every call of a command part of one trace. */
export const tracing =
  (traceparent: string): Interceptor =>
  (next) =>
  (request) => {
    request.header.set('traceparent', traceparent)
    return next(request)
  }
