import { fromBinary } from '@bufbuild/protobuf'
import { TimestampSchema } from '@bufbuild/protobuf/wkt'
import { describe, expect, it } from '@jest/globals'
import { subjectOf } from './event.ts'
import { messagesOf } from './messages.ts'

const tenantId = '018f2d5c-1111-7000-8000-000000000001'
const aggregateId = '018f2d5c-5555-7000-8000-000000000005'
const time = new Date(1_000)

const service = (traceparent = () => '') => {
  let drawn = 0
  return messagesOf({ source: 'jobs', ids: { next: () => `id-${(drawn += 1)}` }, traceparent })
}

describe('a message of a service', () => {
  it('says who tells what of whom and when, with the data of its event', () => {
    const tell = service(() => '00-aa-bb-01')({ tenantId, time, sequence: 7 })
    const { data, ...frame } = tell('job.created', aggregateId, TimestampSchema, { seconds: 5n })
    expect(frame).toEqual({
      id: 'id-1',
      tenantId,
      source: 'jobs',
      type: 'job.created',
      aggregateId,
      sequence: 7,
      time,
      traceparent: '00-aa-bb-01',
    })
    expect(fromBinary(TimestampSchema, data)).toMatchObject({ seconds: 5n, nanos: 0 })
    expect(subjectOf({ data, ...frame })).toBe(`events.${tenantId}.jobs.job.created`)
  })

  it('has an id of its own, and the trace of its own moment', () => {
    const traces = ['first', 'second']
    const tell = service(() => traces.shift()!)({ tenantId, time })
    const told = ['job.created', 'job.commanded'].map((type) => tell(type, aggregateId, TimestampSchema, {}))
    expect(told.map(({ id, traceparent }) => [id, traceparent])).toEqual([
      ['id-1', 'first'],
      ['id-2', 'second'],
    ])
  })

  it('has no sequence where the aggregate has none', () => {
    expect(service()({ tenantId, time })('job.created', aggregateId, TimestampSchema, {}).sequence).toBe(0)
  })
})
