import { Code, ConnectError } from '@connectrpc/connect'
import { BadRequestSchema, ErrorInfoSchema } from '@iama/contracts/google/rpc/error_details'
import { DomainError } from '@iama/kernel'

import { ExitCode } from './exit-code.ts'

/** An end of a command that is not success: what the user reads and what the shell is told. */
export class CliError extends Error {
  readonly exitCode: ExitCode
  /** Upper-case reason for machines. */
  readonly reason: string
  /** What to do about it, a line each. */
  readonly hints: readonly string[]

  constructor(exitCode: ExitCode, reason: string, message: string, hints: readonly string[] = []) {
    super(message)
    this.name = 'CliError'
    this.exitCode = exitCode
    this.reason = reason
    this.hints = hints
  }
}

/** The command line or a configuration is wrong. */
export const usageError = (message: string, ...hints: string[]): CliError =>
  new CliError(ExitCode.usage, 'USAGE', message, hints)

/** The reason that the server gave, for example `JOB_NOT_FOUND`; empty when it gave none. */
export const reasonOf = (error: ConnectError): string => error.findDetails(ErrorInfoSchema)[0]?.reason ?? ''

const connectionCodes = new Set([Code.Unavailable, Code.Aborted, Code.Internal, Code.Unknown])

const causeCode = (error: unknown): string => {
  // not instanceof Error: system errors may come from another realm
  if (typeof error !== 'object' || error === null) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  return 'cause' in error ? causeCode(error.cause) : ''
}

/**
 * Whether a call failed on its way rather than by the server's decision. Such a call may or may not have been carried
 * out; every command carries a request id, so it can be repeated.
 */
export const isConnectionLoss = (error: unknown): boolean => {
  if (!(error instanceof ConnectError) || !connectionCodes.has(error.code)) return false
  if (error.code === Code.Unavailable) return true
  if (reasonOf(error) !== '') return false
  return (
    causeCode(error) !== '' || /premature|missing EndStreamResponse|protocol error|socket hang up/i.test(error.message)
  )
}

/** How long the server asks the client to wait, in milliseconds; undefined when it does not. */
export const retryAfterMs = (error: unknown): number | undefined => {
  if (!(error instanceof ConnectError) || error.code !== Code.ResourceExhausted) return undefined
  const seconds = Number(error.findDetails(ErrorInfoSchema)[0]?.metadata['retry_after_seconds'])
  return seconds > 0 ? seconds * 1_000 : undefined
}

const violationHints = (error: ConnectError): string[] =>
  error
    .findDetails(BadRequestSchema)
    .flatMap((bad) => bad.fieldViolations)
    .map(({ field, description, localizedMessage }) => {
      const fix = localizedMessage?.message
      return fix ? `${field}: ${description}; ${fix}` : `${field}: ${description}`
    })

const fromServer = (error: ConnectError): CliError => {
  const reason = reasonOf(error)
  const hints = violationHints(error)
  if (isConnectionLoss(error)) {
    const message = `the server cannot be reached: ${error.rawMessage}`
    return new CliError(ExitCode.server, 'UNREACHABLE', message, [
      'Check --server or IAMA_SERVER, or run `iama doctor`.',
    ])
  }
  if (error.code === Code.DeadlineExceeded) {
    return new CliError(ExitCode.server, 'DEADLINE_EXCEEDED', 'the server did not answer in time')
  }
  if (error.code === Code.Unauthenticated) hints.push('Run `iama login`.')
  const code = reason || Code[error.code].replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
  return new CliError(ExitCode.server, code, error.rawMessage || 'the server refused', hints)
}

/** Whatever was thrown, as something to tell the user; what is unknown is an internal error. */
export const toCliError = (error: unknown): CliError => {
  if (error instanceof CliError) return error
  if (error instanceof ConnectError) return fromServer(error)
  if (error instanceof DomainError) return new CliError(ExitCode.usage, error.code, error.message)
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const filesystem = ['EACCES', 'EPERM', 'ENOSPC', 'EROFS', 'ENOENT', 'EISDIR', 'ENOTDIR']
  if (filesystem.includes(code)) return new CliError(ExitCode.usage, code, message)
  return new CliError(ExitCode.internal, 'INTERNAL', message, ['Set IAMA_DEBUG=1 to see where it happened.'])
}
