import { describe, expect, it } from '@jest/globals'
import { Code, ConnectError } from '@connectrpc/connect'
import { BadRequestSchema, ErrorInfoSchema } from '@iama/contracts/google/rpc/error_details'
import { TreeChanged } from '@iama/worktree'

import { isConnectionLoss, toCliError, usageError } from './errors.ts'

const refusal = (code: Code, reason: string) =>
  new ConnectError('no such job', code, undefined, [
    { desc: ErrorInfoSchema, value: { reason, domain: 'iama', metadata: {} } },
  ])

const broken = (code: Code, nodeCode: string) =>
  new ConnectError('broken', code, undefined, undefined, Object.assign(new Error('read'), { code: nodeCode }))

describe('a failed call', () => {
  it.each([
    ['refused connection', broken(Code.Unavailable, 'ECONNREFUSED')],
    ['reset', broken(Code.Aborted, 'ECONNRESET')],
    ['server away behind the gateway', refusal(Code.Unavailable, 'DATABASE_AWAY')],
  ])('is a lost connection: %s', (_name, error) => {
    expect(isConnectionLoss(error)).toBe(true)
    expect(toCliError(error)).toMatchObject({ exitCode: 4, reason: 'UNREACHABLE' })
  })

  it.each([
    ['not found', refusal(Code.NotFound, 'JOB_NOT_FOUND')],
    ['conflict', refusal(Code.Aborted, 'REVISION_CONFLICT')],
    ['defect', refusal(Code.Internal, 'INTERNAL')],
    ['defect without a reason', new ConnectError('internal', Code.Internal)],
  ])('is a decision of the server: %s', (_name, error) => {
    expect(isConnectionLoss(error)).toBe(false)
    expect(toCliError(error).exitCode).toBe(4)
  })

  it('tells the server’s reason and what to do about wrong fields', () => {
    const error = new ConnectError('wrong', Code.InvalidArgument, undefined, [
      {
        desc: BadRequestSchema,
        value: {
          fieldViolations: [
            { field: 'name', description: 'is too long', localizedMessage: { locale: 'en', message: 'cut it' } },
          ],
        },
      },
    ])
    expect(toCliError(error)).toMatchObject({ reason: 'INVALID_ARGUMENT', hints: ['name: is too long; cut it'] })
    expect(toCliError(refusal(Code.NotFound, 'JOB_NOT_FOUND'))).toMatchObject({
      reason: 'JOB_NOT_FOUND',
      message: 'no such job',
    })
    expect(toCliError(new ConnectError('', Code.Unauthenticated)).hints).toContain('Run `iama login`.')
  })
})

describe('other errors', () => {
  it('of the folder are the user’s to mend, unknown ones are ours', () => {
    expect(toCliError(new TreeChanged(['a.js']))).toMatchObject({ exitCode: 2, reason: 'TREE_CHANGED' })
    expect(toCliError(Object.assign(new Error('x'), { code: 'ENOSPC' }))).toMatchObject({
      exitCode: 2,
      reason: 'ENOSPC',
    })
    expect(toCliError(new TypeError('undefined is not'))).toMatchObject({ exitCode: 1, reason: 'INTERNAL' })
    expect(toCliError(usageError('no'))).toMatchObject({ exitCode: 2 })
  })
})
