import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { anyPack, anyUnpack, type Any } from '@bufbuild/protobuf/wkt'
import { Metadata, type ServiceError, type StatusObject } from '@grpc/grpc-js'
import { BadRequestSchema, ErrorInfoSchema, HelpSchema } from '@iama/contracts/google/rpc/error_details'
import { StatusSchema } from '@iama/contracts/google/rpc/status'
import { type DomainError, type FieldViolation } from '@iama/kernel'
import { Code, codeForKind, RpcError } from './rpc-error.ts'

const DETAILS = 'grpc-status-details-bin'
const DOMAIN = 'iama'

// Trailers share one HTTP/2 header block with everything else, and many peers take no more than 8 KiB of it: an error
// must not be able to break its own transport. All limits are in bytes.
const MAX_MESSAGE = 1_000
const MAX_TEXT = 300
const MAX_METADATA = 1_500
const MAX_VIOLATIONS = 2_500

const size = (text: string): number => Buffer.byteLength(text)

/** Cuts to so many bytes, between characters. encodeURI, which writes the header, throws on half a surrogate pair. */
const shorten = (text: string, limit: number): string => {
  const sound = text.toWellFormed()
  if (size(sound) <= limit) return sound
  const bytes = Buffer.from(sound).subarray(0, limit - 3)
  // the decoder puts a replacement character where the cut went through one
  return `${bytes.toString().replace(/\ufffd$/, '')}…`
}

/** The first items that fit together. */
const fitting = <T>(items: readonly T[], bytesOf: (item: T) => number, limit: number): T[] => {
  let left = limit
  return items.filter((item) => (left -= bytesOf(item)) >= 0)
}

/** What grpc-js sends when a call fails. */
export interface FailedStatus {
  readonly code: Code
  readonly details: string
  readonly metadata: Metadata
}

const violationsOf = (error: DomainError): readonly FieldViolation[] =>
  'violations' in error && Array.isArray(error.violations) ? (error.violations as FieldViolation[]) : []

const errorInfo = (error: DomainError): Any =>
  anyPack(
    ErrorInfoSchema,
    create(ErrorInfoSchema, {
      reason: error.code,
      domain: DOMAIN,
      metadata: Object.fromEntries(
        fitting(
          Object.entries(error.metadata).map(([key, value]) => [key, shorten(String(value), MAX_TEXT)] as const),
          ([key, value]) => size(key) + size(value),
          MAX_METADATA,
        ),
      ),
    }),
  )

const shortened = ({ field, reason, fix }: FieldViolation): FieldViolation => ({
  field: shorten(field, MAX_TEXT),
  reason: shorten(reason, MAX_TEXT),
  fix: shorten(fix, MAX_TEXT),
})

/** `description` says what is wrong; the fix travels as the message meant for people. */
const badRequest = (violations: readonly FieldViolation[]): Any =>
  anyPack(
    BadRequestSchema,
    create(BadRequestSchema, {
      fieldViolations: fitting(
        violations.map(shortened),
        ({ field, reason, fix }) => size(field) + size(reason) + size(fix),
        MAX_VIOLATIONS,
      ).map(({ field, reason, fix }) => ({
        field,
        description: reason,
        localizedMessage: { locale: 'en', message: fix },
      })),
    }),
  )

const helpLink = (url: string): Any =>
  anyPack(HelpSchema, create(HelpSchema, { links: [{ description: 'What this means and what to do', url }] }))

/** A refusal as gRPC code, message and `google.rpc.Status` with ErrorInfo, BadRequest and Help. */
export const statusOf = (error: DomainError, help?: string): FailedStatus => {
  const code = error instanceof RpcError ? error.status : codeForKind(error.kind)
  const message = shorten(error.message, MAX_MESSAGE)
  const violations = violationsOf(error)
  const link = error instanceof RpcError ? (error.help ?? help) : help
  const details = [errorInfo(error)]
  if (violations.length > 0) details.push(badRequest(violations))
  if (link !== undefined) details.push(helpLink(link))
  const metadata = new Metadata()
  metadata.set(DETAILS, Buffer.from(toBinary(StatusSchema, create(StatusSchema, { code, message, details }))))
  return { code, details: message, metadata }
}

interface Details {
  reason?: string
  metadata?: Record<string, string>
  violations?: FieldViolation[]
  help?: string
}

const unpack = (details: readonly Any[]): Details => {
  const found: Details = {}
  for (const any of details) {
    const info = anyUnpack(any, ErrorInfoSchema)
    if (info) {
      found.reason = info.reason
      found.metadata = { ...info.metadata }
    }
    const bad = anyUnpack(any, BadRequestSchema)
    if (bad)
      found.violations = bad.fieldViolations.map((violation) => ({
        field: violation.field,
        reason: violation.description,
        fix: violation.localizedMessage?.message ?? '',
      }))
    const url = anyUnpack(any, HelpSchema)?.links[0]?.url
    if (url) found.help = url
  }
  return found
}

const readDetails = (metadata: Metadata | undefined): Details => {
  const bytes = metadata?.get(DETAILS)[0]
  if (!(bytes instanceof Uint8Array)) return {}
  try {
    return unpack(fromBinary(StatusSchema, new Uint8Array(bytes)).details)
  } catch {
    // a foreign server may put anything there; code and message still stand
    return {}
  }
}

/**
 * A connection that breaks under a running stream shows as INTERNAL or UNKNOWN with the socket's words, and for the
 * caller it is the same as a server that is away.
 */
const brokenConnection = /RST_STREAM with code (0|2|7)\b|ECONNRESET|EPIPE|socket hang up|Connection dropped|GOAWAY/

const normalised = (error: Pick<StatusObject, 'code' | 'details'>): Code =>
  (error.code === Code.INTERNAL || error.code === Code.UNKNOWN) && brokenConnection.test(error.details)
    ? Code.UNAVAILABLE
    : error.code

/** The caller's view of a failed call. */
export const rpcErrorFrom = (error: ServiceError): RpcError => {
  const details = readDetails(error.metadata)
  return new RpcError({
    status: details.reason === undefined ? normalised(error) : error.code,
    message: error.details || error.message,
    ...details,
  })
}
