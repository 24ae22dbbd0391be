import type { ServerResponse } from 'node:http'
import type { ConnectError } from '@connectrpc/connect'
import { BadRequestSchema, ErrorInfoSchema } from '@iama/contracts/google/rpc/error_details'
import { fromBinary } from '@bufbuild/protobuf'
import { httpStatusOf } from './errors.ts'

/** RFC 9457, with the reason that RPC clients see as ErrorInfo. */
export interface Problem {
  readonly title: string
  readonly status: number
  /** For machines, for example `JOB_NOT_FOUND`; absent where no service gave one. */
  readonly reason?: string
  readonly violations?: readonly { readonly field: string; readonly reason: string; readonly fix: string }[]
}

type Detail = { readonly type: string; readonly value: Uint8Array }

const detailsOf = (error: ConnectError): Detail[] => error.details.filter((one): one is Detail => 'type' in one)

/** An error of a service as a problem. */
export const problemOf = (error: ConnectError): Problem => {
  const found = (type: string) => detailsOf(error).find((one) => one.type === type)?.value
  const info = found(ErrorInfoSchema.typeName)
  const bad = found(BadRequestSchema.typeName)
  return {
    title: error.rawMessage,
    status: httpStatusOf(error),
    ...(info && { reason: fromBinary(ErrorInfoSchema, info).reason }),
    ...(bad && {
      violations: fromBinary(BadRequestSchema, bad).fieldViolations.map(({ field, description, localizedMessage }) => ({
        field,
        reason: description,
        fix: localizedMessage?.message ?? '',
      })),
    }),
  }
}

export const sendProblem = (
  response: ServerResponse,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): void => {
  response.writeHead(problem.status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...headers,
  })
  response.end(JSON.stringify({ type: 'about:blank', ...problem }))
}
