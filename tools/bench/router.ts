import { readFileSync } from 'node:fs'
import { Caller, kinds, p95Of, rateOf, type CallKind } from './router-load.ts'
import { startOurs } from './router-ours.ts'
import { startLiteLlmProxy, startPortkey, startProgram, type Running } from './router-peers.ts'
import type { Figures, Row, Suite } from './suite.ts'

const inFlight = 32
const busyMs = 2_000
/** Calls one after the other; a body of 100 K tokens costs too much for more. */
const quietCalls = ({ tokens }: CallKind): number => (tokens > 10_000 ? 30 : 100)

/** Calls after which the router's memory is looked at. */
const [few, many] = [1_000, 10_000]

const peers = ['Portkey', 'bare Node proxy', 'LiteLLM'] as const
type Peer = (typeof peers)[number]

const rateTargets: Readonly<Record<Peer, Row['target']>> = {
  Portkey: { atLeast: 3.5 },
  'bare Node proxy': { atLeast: 0.4 },
  LiteLLM: undefined,
}

const rowsOf = (kind: CallKind, name: Peer): Row[] => {
  const base = { case: kind.name, name }
  const target = rateTargets[name]
  return [
    {
      ...{ ...base, key: `${kind.name} ${name} rate`, metric: `throughput, ${inFlight} in flight`, unit: 'calls/s' },
      ...(target && { target }),
    },
    {
      ...{ ...base, key: `${kind.name} ${name} p95`, metric: 'added p95', unit: 'ms' },
      ...(name === 'Portkey' && { target: { atMost: 0.4 } }),
    },
  ]
}

/** The key of a figure that does not differ by peer on our side. */
const spread = (figures: Readonly<Record<string, { rate: number; p95: number }>>): Figures =>
  Object.fromEntries(
    Object.entries(figures).flatMap(([key, { rate, p95 }]) => [
      [`${key} rate`, rate],
      [`${key} p95`, p95],
    ]),
  )

/** Below the resolution of a measurement nothing is told apart. */
const leastAddedMs = 0.02

const measure = async (caller: Caller, direct: Caller, kind: CallKind): Promise<{ rate: number; p95: number }> => {
  const rate = await rateOf(caller, kind, inFlight, busyMs)
  // in turns, so that both see the same machine
  const [without, through] = [await p95Of(direct, kind, quietCalls(kind)), await p95Of(caller, kind, quietCalls(kind))]
  return { rate, p95: Math.max(leastAddedMs, through - without) }
}

const residentMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024

const memoryOf = async (caller: Caller, pid: number): Promise<{ few: number; many: number }> => {
  const calls = async (count: number): Promise<void> => {
    let left = count
    const work = async (): Promise<void> => {
      while (left-- > 0) await caller.call(kinds[left % 2]!)
    }
    await Promise.all(Array.from({ length: inFlight }, work))
  }
  await calls(few)
  const afterFew = residentMiB(pid)
  await calls(many - few)
  return { few: afterFew, many: residentMiB(pid) }
}

const startAll = async (): Promise<{
  upstream: Running
  ours: Running
  others: Record<Peer, Running>
  all: Running[]
}> => {
  const all: Running[] = []
  const keep = (running: Running): Running => {
    all.push(running)
    return running
  }
  try {
    const upstream = keep(await startProgram('direct', 'router-upstream.ts'))
    const { url } = upstream.target
    const ours = keep(await startOurs(url))
    const others = {
      Portkey: keep(await startPortkey(url)),
      'bare Node proxy': keep(await startProgram('bare Node proxy', 'router-bare.ts', url)),
      LiteLLM: keep(await startLiteLlmProxy(url)),
    }
    return { upstream, ours, others, all }
  } catch (error) {
    for (const { close } of all.reverse()) await close()
    throw error
  }
}

/** Our chat completions, with all that they do for a tenant, against three proxies that do less. */
export const router: Suite = {
  name: 'router',
  summary: [
    'chat completions through the router, with keys, a month budget, metering and breakers, against Portkey, LiteLLM and',
    'a bare Node proxy, all before one scripted model server; added p95 is what comes on top of calling that directly',
  ].join('\n'),
  rounds: 5,
  rows: [
    ...kinds.flatMap((kind) => peers.flatMap((peer) => rowsOf(kind, peer))),
    {
      ...{ key: 'memory', case: 'resident', metric: `memory after ${many} calls`, unit: 'MiB' },
      ...{ name: `after ${few} calls`, target: { atMost: 1.1 } },
    },
  ],
  open: async () => {
    const { upstream, ours, others, all } = await startAll()
    const direct = new Caller(upstream.target, inFlight)
    const mine = new Caller(ours.target, inFlight)
    const theirs = peers.map((peer) => [peer, new Caller(others[peer].target, inFlight)] as const)
    const memory = await memoryOf(mine, ours.pid)
    return {
      ours: async () => {
        const figures: Record<string, { rate: number; p95: number }> = {}
        for (const kind of kinds) {
          const measured = await measure(mine, direct, kind)
          for (const peer of peers) figures[`${kind.name} ${peer}`] = measured
        }
        return { ...spread(figures), memory: memory.many }
      },
      other: async () => {
        const figures: Record<string, { rate: number; p95: number }> = {}
        for (const kind of kinds)
          for (const [peer, caller] of theirs) figures[`${kind.name} ${peer}`] = await measure(caller, direct, kind)
        return { ...spread(figures), memory: memory.few }
      },
      close: async () => {
        await Promise.all([direct, mine, ...theirs.map(([, caller]) => caller)].map((caller) => caller.close()))
        for (const { close } of all.reverse()) await close()
      },
    }
  },
}
