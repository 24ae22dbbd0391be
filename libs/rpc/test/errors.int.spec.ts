import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Code, implement, RpcError } from '@iama/rpc'
import { EchoService } from '@iama/contracts/iama/test/v1/echo_service'
import { DomainError, InvalidRequest, type ErrorKind } from '@iama/kernel'
import { startEcho } from './server.ts'

class Refusal extends DomainError {
  readonly code = 'PROPOSAL_NOT_OFFERED'
  override readonly kind: ErrorKind
  constructor(kind: ErrorKind) {
    super('proposal “p-9” was not offered', { offered: '3' })
    this.kind = kind
  }
}

const throwing: { next: () => never } = {
  next: () => {
    throw new Error('unset')
  },
}

const failing = implement(EchoService, {
  echo: async () => throwing.next(),
  async *count() {
    yield { index: 0 }
    throwing.next()
  },
  collect: async () => throwing.next(),
  async *chat() {
    throwing.next()
  },
})

const failWith = (error: unknown): void => {
  throwing.next = () => {
    throw error
  }
}

describe('errors on their way from handler to caller', () => {
  let echo: Awaited<ReturnType<typeof startEcho>>
  beforeAll(async () => {
    echo = await startEcho({ services: [failing], help: (reason) => `https://iama.example/errors#${reason}` })
  })
  afterAll(() => echo.stop())

  const failureOfEcho = async (): Promise<RpcError> => {
    const failure = await echo.rpc.echo({}, { deadlineMs: 5_000, idempotent: false }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(RpcError)
    return failure as RpcError
  }

  it.each([
    ['invalid', Code.INVALID_ARGUMENT],
    ['not-found', Code.NOT_FOUND],
    ['conflict', Code.ABORTED],
    ['refused', Code.FAILED_PRECONDITION],
    ['unauthenticated', Code.UNAUTHENTICATED],
    ['forbidden', Code.PERMISSION_DENIED],
    ['exhausted', Code.RESOURCE_EXHAUSTED],
    ['unavailable', Code.UNAVAILABLE],
  ] as const)('carries a refusal of kind %s with all that it says', async (kind, status) => {
    failWith(new Refusal(kind))
    const failure = await failureOfEcho()
    expect(failure).toBeInstanceOf(DomainError)
    expect(failure).toMatchObject({
      code: 'PROPOSAL_NOT_OFFERED',
      kind,
      status,
      message: 'proposal “p-9” was not offered',
      metadata: { offered: '3' },
      help: 'https://iama.example/errors#PROPOSAL_NOT_OFFERED',
    })
    expect(echo.logger.lines.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('carries the violations of an invalid request', async () => {
    const violations = [
      { field: 'job_id', reason: 'is not a UUID', fix: 'take it from CreateJob' },
      { field: 'goal', reason: 'is “x; y”', fix: 'use modernize, simplify or extract' },
    ]
    failWith(new InvalidRequest(violations))
    expect(await failureOfEcho()).toMatchObject({ code: 'INVALID_REQUEST', kind: 'invalid', violations })
  })

  it('passes a downstream refusal on as it came', async () => {
    const violations = [{ field: 'a', reason: 'b', fix: 'c' }]
    failWith(
      new RpcError({
        status: Code.ALREADY_EXISTS,
        reason: 'TAKEN',
        message: 'taken',
        metadata: { by: 'x' },
        violations,
        help: 'https://elsewhere.example/TAKEN',
      }),
    )
    expect(await failureOfEcho()).toMatchObject({
      status: Code.ALREADY_EXISTS,
      code: 'TAKEN',
      metadata: { by: 'x' },
      violations,
      help: 'https://elsewhere.example/TAKEN',
    })
  })

  it('keeps the text of a defect in the log, once, under an id that the caller sees', async () => {
    const before = echo.logger.lines.length
    failWith(new Error('password is hunter2'))
    const failure = await failureOfEcho()
    expect(failure).toMatchObject({ status: Code.INTERNAL, code: 'INTERNAL' })
    expect(JSON.stringify([failure.message, failure.metadata])).not.toContain('hunter2')
    const traceId = failure.metadata['trace_id']
    expect(traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(failure.message).toContain(traceId)
    const logged = echo.logger.lines.slice(before).filter(({ level }) => level === 'error')
    expect(logged).toHaveLength(1)
    expect(logged[0]!.fields).toMatchObject({ trace_id: traceId, rpc: 'iama.test.v1.EchoService/Echo' })
    expect(logged[0]!.fields['err']).toMatchObject({ message: 'password is hunter2' })
  })

  it('logs a defect of a downstream service only there', async () => {
    const before = echo.logger.lines.length
    failWith(new RpcError({ status: Code.INTERNAL, message: 'internal error', metadata: { trace_id: 'f'.repeat(32) } }))
    expect(await failureOfEcho()).toMatchObject({ metadata: { trace_id: 'f'.repeat(32) } })
    expect(echo.logger.lines.slice(before)).toEqual([])
  })

  it('does not tell callers that they are unauthenticated when it is this service that is', async () => {
    failWith(new RpcError({ status: Code.UNAUTHENTICATED, reason: 'TOKEN_EXPIRED', message: 'expired' }))
    expect(await failureOfEcho()).toMatchObject({ status: Code.INTERNAL })
  })

  it.each(['\ud800 half a pair', 'line\nbreak', 'x'.repeat(100_000), '100 % “ü” 🎉'])(
    'survives any message (%#)',
    async (message) => {
      failWith(new RpcError({ status: Code.ABORTED, reason: 'R', message, metadata: { k: 'v'.repeat(50_000) } }))
      const failure = await failureOfEcho()
      expect(failure).toMatchObject({ status: Code.ABORTED, code: 'R' })
      expect(failure.message.slice(0, 5)).toBe(message.toWellFormed().slice(0, 5))
      expect(failure.message.length).toBeLessThanOrEqual(1_000)
    },
  )

  it('survives more violations than a header can hold', async () => {
    const long = '三'.repeat(5_000)
    failWith(new InvalidRequest(Array.from({ length: 300 }, () => ({ field: long, reason: long, fix: long }))))
    const failure = await failureOfEcho()
    expect(failure).toMatchObject({ status: Code.INVALID_ARGUMENT, code: 'INVALID_REQUEST' })
    expect(failure.violations.length).toBeGreaterThan(1)
  })

  it('ends every kind of call, the answers sent before the error included', async () => {
    failWith(new Refusal('conflict'))
    const received: number[] = []
    const reading = async () => {
      for await (const { index } of echo.rpc.count({})) received.push(index)
    }
    await expect(reading()).rejects.toMatchObject({ code: 'PROPOSAL_NOT_OFFERED' })
    expect(received).toEqual([0])
    async function* one() {
      yield { text: 'a' }
    }
    await expect(echo.rpc.collect(one())).rejects.toMatchObject({ code: 'PROPOSAL_NOT_OFFERED' })
    await expect(echo.rpc.chat(one()).next()).rejects.toMatchObject({ code: 'PROPOSAL_NOT_OFFERED' })
  })

  it('says which method this server does not have', async () => {
    const other = await startEcho()
    const { grpc } = (await import('../src/channels.ts')).leaseChannel(other.server.address)
    const failure = await new Promise<{ code: number }>((resolve) =>
      grpc.makeUnaryRequest('/iama.test.v1.EchoService/Nothing', Buffer.from, Buffer.from, 'x', (error) =>
        resolve(error as { code: number }),
      ),
    )
    expect(failure.code).toBe(Code.UNIMPLEMENTED)
    await other.stop()
  })

  it('refuses bytes that are no message, with a reason', async () => {
    const other = await startEcho()
    const { grpc } = (await import('../src/channels.ts')).leaseChannel(other.server.address)
    const { rpcErrorFrom } = await import('@iama/rpc')
    const failure = await new Promise<RpcError>((resolve) =>
      grpc.makeUnaryRequest(
        '/iama.test.v1.EchoService/Echo',
        (bytes: Buffer) => bytes,
        (bytes) => bytes,
        Buffer.from([0xff, 0xff, 0xff]),
        (error) => resolve(rpcErrorFrom(error!)),
      ),
    )
    expect(failure).toMatchObject({ kind: 'invalid', code: 'INVALID_REQUEST', violations: [{ field: 'request' }] })
    await other.stop()
  })
})
