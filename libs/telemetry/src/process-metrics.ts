import type { Meter } from '@opentelemetry/api'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Memory, processor time and event-loop delay of this process, under Prometheus' usual names. Returns the stop. */
export const observeProcess = (meter: Meter): (() => void) => {
  const startedAt = Date.now() / 1_000 - process.uptime()
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()

  const gauge = (name: string, description: string, read: () => number): void =>
    meter.createObservableGauge(name, { description }).addCallback((result) => result.observe(read()))

  meter
    .createObservableCounter('process_cpu_seconds_total', { description: 'Processor time, user and system' })
    .addCallback((result) => {
      const { user, system } = process.cpuUsage()
      result.observe((user + system) / 1e6)
    })
  gauge('process_start_time_seconds', 'When the process started, since 1970', () => startedAt)
  gauge('process_resident_memory_bytes', 'Memory in use, as the kernel counts it', () => process.memoryUsage.rss())
  gauge('nodejs_heap_used_bytes', 'Memory in use by JavaScript objects', () => process.memoryUsage().heapUsed)
  gauge('nodejs_eventloop_delay_p99_seconds', 'Delay of the event loop since the last look, 99th percentile', () => {
    const seconds = delay.percentile(99) / 1e9
    delay.reset()
    return Number.isFinite(seconds) ? seconds : 0
  })
  return () => delay.disable()
}
