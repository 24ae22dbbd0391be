import { z } from 'zod'

const TIMEOUT_MS = 1_500
const MAX_DETAIL = 300

/** The health of one process. */
export interface ServiceHealth {
  readonly service: string
  /** `host:port` of its health endpoint. */
  readonly address: string
  readonly status: 'ready' | 'not-ready' | 'unreachable'
  /** What is missing, a sentence; empty when ready. */
  readonly detail: string
  /** How long the answer took. */
  readonly milliseconds: number
}

const report = z.object({
  checks: z.record(z.string(), z.object({ ok: z.boolean(), error: z.string().optional(), fix: z.string().optional() })),
})

const failures = (body: unknown): string => {
  const parsed = report.safeParse(body)
  if (!parsed.success) return 'it does not say why'
  const failing = Object.entries(parsed.data.checks).filter(([, { ok }]) => !ok)
  return failing.map(([name, { error = 'failed', fix = '' }]) => `${name}: ${error}; ${fix}`).join('. ')
}

const ask = async (address: string): Promise<Pick<ServiceHealth, 'status' | 'detail'>> => {
  try {
    const response = await fetch(`http://${address}/readyz`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
    })
    if (response.ok) {
      await response.body?.cancel()
      return { status: 'ready', detail: '' }
    }
    const body: unknown = await response.json().catch(() => undefined)
    return { status: 'not-ready', detail: failures(body).slice(0, MAX_DETAIL) }
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError'
    const detail = late ? `no answer within ${TIMEOUT_MS} ms` : 'nothing listens there; start it, or look at its log'
    return { status: 'unreachable', detail }
  }
}

/** The health of every replica of every service, asked at every look; by service and address. */
export const servicesHealth = async (
  targets: Readonly<Record<string, readonly string[]>>,
): Promise<ServiceHealth[]> => {
  const all = Object.entries(targets).flatMap(([service, addresses]) =>
    addresses.map(async (address): Promise<ServiceHealth> => {
      const started = performance.now()
      const { status, detail } = await ask(address)
      return { service, address, status, detail, milliseconds: performance.now() - started }
    }),
  )
  return (await Promise.all(all)).sort((a, b) => (`${a.service} ${a.address}` < `${b.service} ${b.address}` ? -1 : 1))
}
