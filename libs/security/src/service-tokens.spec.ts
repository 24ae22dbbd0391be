import { describe, expect, it } from '@jest/globals'
import { audienceOf, serviceTokens } from './service-tokens.ts'

const call = (typeName: string) => ({ method: { parent: { typeName } } })
const billing = call('iama.billing.v1.QuotaService')
const jobs = call('iama.jobs.v1.JobService')

describe('service tokens', () => {
  const setup = () => {
    const state = { now: 0, issued: [] as string[], away: false }
    const token = serviceTokens({
      clock: { now: () => new Date(state.now) },
      issue: async (audience) => {
        if (state.away) throw new Error('away')
        state.issued.push(audience)
        return { token: `${audience}-${state.issued.length}`, expiresAt: new Date(state.now + 300_000) }
      },
    })
    return { state, token }
  }

  it('are one for each audience, however many ask', async () => {
    const { state, token } = setup()
    expect(await Promise.all([token(billing), token(billing), token(jobs)])).toEqual([
      'billing-1',
      'billing-1',
      'jobs-2',
    ])
    expect(await token(billing)).toBe('billing-1')
    expect(state.issued).toEqual(['billing', 'jobs'])
  })

  it('are renewed before they end, and used to their end when that fails', async () => {
    const { state, token } = setup()
    await token(billing)
    state.now = 239_000
    expect(await token(billing)).toBe('billing-1')
    state.now = 241_000
    state.away = true
    expect(await token(billing)).toBe('billing-1')
    state.away = false
    expect(await token(billing)).toBe('billing-2')
    state.now = 241_000 + 300_000
    state.away = true
    await expect(token(billing)).rejects.toThrow('away')
  })

  it('know the service by its proto package', () => {
    expect(audienceOf('iama.delivery.v1.DeliveryInternalService')).toBe('delivery')
  })
})
