import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { startSandbox, type SandboxUnderTest } from './sandbox-service.ts'

let service: SandboxUnderTest

beforeAll(async () => {
  // a machine without bubblewrap
  service = await startSandbox({ PATH: '/nonexistent' })
})

afterAll(async () => await service.stop(), 30_000)

describe('a machine that cannot isolate code', () => {
  it('is not ready, and readiness names the fix', async () => {
    const answer = await fetch(`http://${service.running().opsAddress}/readyz`)
    expect(answer.status).toBe(503)
    const { checks } = (await answer.json()) as { checks: Record<string, { ok: boolean; error?: string }> }
    expect(checks['isolation']).toMatchObject({ ok: false })
    expect(checks['isolation']!.error).toContain('apt-get install bubblewrap')
    expect(checks['postgres']).toMatchObject({ ok: true })
  })

  it('runs nothing', async () => {
    const asked = { tenantId: randomUUID(), jobId: randomUUID(), requestId: 'r' }
    const options = { idempotent: false }
    await expect(service.sandbox.provision(asked, options)).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' })
    expect(await service.database.query('SELECT 1 FROM sessions')).toEqual([])
  })
})
