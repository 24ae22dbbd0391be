import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { EchoService, type EchoResponse } from '@iama/contracts/iama/test/v1/echo_service'
import { client, closeChannels, serviceDefinition } from '@iama/rpc'
import grpc from '@grpc/grpc-js'
import { nodeBinary } from '../workspace.ts'
import { percentile, type Figures, type Suite } from './suite.ts'

type Call = () => Promise<EchoResponse>

const inFlight = 64
const busyMs = 600
const quietCalls = 300
const text = 'x'.repeat(200)

/** Starts one of the two servers of rpc-server.ts in a process of its own; it prints its address. */
const startServer = async (kind: 'ours' | 'bare'): Promise<{ child: ChildProcess; address: string }> => {
  const child = spawn(nodeBinary, [path.join(import.meta.dirname, 'rpc-server.ts'), kind], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [address] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { child, address }
}

const measure = async (call: Call): Promise<Figures> => {
  const latencies: number[] = []
  let calls = 0
  const from = performance.now()
  const until = from + busyMs
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() < until) {
        const start = performance.now()
        await call()
        latencies.push(performance.now() - start)
        calls += 1
      }
    }),
  )
  const rate = (calls / (performance.now() - from)) * 1_000
  const alone: number[] = []
  for (let i = 0; i < quietCalls; i += 1) {
    const start = performance.now()
    await call()
    alone.push(performance.now() - start)
  }
  return { rate, p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95), alone: percentile(alone, 0.5) }
}

const bareCall = (address: string): { call: Call; close: () => void } => {
  const Bare = grpc.makeGenericClientConstructor(serviceDefinition(EchoService), 'EchoService')
  const stub = new Bare(address, grpc.credentials.createInsecure())
  const echo = stub['echo']!.bind(stub) as (
    request: { text: string },
    options: { deadline: number },
    done: (error: grpc.ServiceError | null, answer: EchoResponse) => void,
  ) => void
  const call: Call = () =>
    new Promise((resolve, reject) =>
      echo({ text }, { deadline: Date.now() + 10_000 }, (error, answer) => (error ? reject(error) : resolve(answer))),
    )
  return { call, close: () => stub.close() }
}

/** libs/rpc, with authentication, interceptors, deadlines and trace context, against grpc-js with nothing around it. */
export const rpc: Suite = {
  name: 'rpc',
  summary: 'unary calls of libs/rpc against a bare grpc-js echo, the same messages and codec on both sides',
  rounds: 21,
  rows: [
    {
      key: 'rate',
      case: `${inFlight} in flight`,
      metric: 'throughput',
      unit: 'calls/s',
      name: 'grpc-js',
      target: { atLeast: 0.9 },
    },
    { key: 'p50', case: `${inFlight} in flight`, metric: 'p50', unit: 'ms', name: 'grpc-js' },
    { key: 'p95', case: `${inFlight} in flight`, metric: 'p95', unit: 'ms', name: 'grpc-js' },
    { key: 'alone', case: 'one at a time', metric: 'p50', unit: 'ms', name: 'grpc-js' },
  ],
  open: async () => {
    const [mine, theirs] = await Promise.all([startServer('ours'), startServer('bare')])
    const ours = client(EchoService, mine.address)
    const bare = bareCall(theirs.address)
    return {
      ours: () => measure(() => ours.echo({ text })),
      other: () => measure(bare.call),
      close: async () => {
        closeChannels()
        bare.close()
        for (const { child } of [mine, theirs]) {
          child.kill()
          await once(child, 'exit')
        }
      },
    }
  },
}
