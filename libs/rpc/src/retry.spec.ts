import { describe, expect, it } from '@jest/globals'
import { create } from '@bufbuild/protobuf'
import { LifecycleService, RecordAnalysisRequestSchema } from '@iama/contracts/iama/jobs/v1/lifecycle'
import { JobService } from '@iama/contracts/iama/jobs/v1/service'
import fc from 'fast-check'
import { defaultRetry, isIdempotent, pauseBeforeRetry } from './retry.ts'
import { Code, RpcError } from './rpc-error.ts'

const away = new RpcError({ status: Code.UNAVAILABLE, message: 'away' })

describe('whether a call may be made twice', () => {
  it('is yes for standard reads', () => {
    expect(isIdempotent(JobService.method.getJob, {})).toBe(true)
    expect(isIdempotent(JobService.method.listJobs, {})).toBe(true)
    expect(isIdempotent(LifecycleService.method.readJob, {})).toBe(true)
  })

  it('is no for commands, unless the request names itself', () => {
    expect(isIdempotent(JobService.method.createJob, {})).toBe(false)
    expect(isIdempotent(JobService.method.createJob, { requestId: '' })).toBe(false)
    expect(isIdempotent(JobService.method.createJob, { requestId: 'r-1' })).toBe(true)
  })

  it('is yes for facts with an identity', () => {
    const fact = (factId: string) => create(RecordAnalysisRequestSchema, { header: { factId } })
    expect(isIdempotent(LifecycleService.method.recordAnalysis, fact('analysis-1'))).toBe(true)
    expect(isIdempotent(LifecycleService.method.recordAnalysis, fact(''))).toBe(false)
  })
})

describe('the pause before the next try', () => {
  it('is for UNAVAILABLE alone', () => {
    for (const status of Object.values(Code).filter((code) => typeof code === 'number' && code !== Code.UNAVAILABLE))
      expect(
        pauseBeforeRetry(new RpcError({ status: status as Code, message: '' }), 1, defaultRetry, 0),
      ).toBeUndefined()
    expect(pauseBeforeRetry(new Error('away'), 1, defaultRetry, 0)).toBeUndefined()
    expect(pauseBeforeRetry(away, 1, defaultRetry, 0)).toBe(25)
  })

  it('ends after the last try', () => {
    expect(pauseBeforeRetry(away, defaultRetry.attempts - 1, defaultRetry, 0)).toBeDefined()
    expect(pauseBeforeRetry(away, defaultRetry.attempts, defaultRetry, 0)).toBeUndefined()
  })

  it('grows, never beyond its bound, never to nothing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (failed, random) => {
        const policy = { attempts: 100, baseMs: 50, maxMs: 1_000 }
        const pause = pauseBeforeRetry(away, failed, policy, random)!
        const ceiling = Math.min(1_000, 50 * 2 ** (failed - 1))
        expect(pause).toBeGreaterThanOrEqual(ceiling / 2)
        expect(pause).toBeLessThanOrEqual(ceiling)
      }),
    )
  })
})
