// How long a snapshot of very many small files takes through the service's RPC: `node apps/jobs/test/measure-snapshot.ts
// [files] [contents a call]`, against the servers of `npm run stack -- up --servers`. Client and service share this
// process: its memory and the longest time in which it did nothing else are those of both.
import { randomUUID } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { create, toBinary } from '@bufbuild/protobuf'
import { CreateSnapshotRequestSchema } from '@iama/contracts/iama/jobs/v1/service'
import { hash, startJobs } from './jobs-service.ts'

/** As many to a call as the command line sends: 2 MiB, less some room. */
const CALL_BYTES = 2 * 1024 * 1024 - 64 * 1024
const files = Number(process.argv[2] ?? 49_999)
const contents = Number(process.argv[3] ?? Infinity)

const measure = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
  const from = performance.now()
  let most = 0
  const stalls = monitorEventLoopDelay({ resolution: 5 })
  stalls.enable()
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20)
  try {
    return await work()
  } finally {
    clearInterval(watch)
    stalls.disable()
    const stall = (stalls.max / 1e6).toFixed(0)
    const seconds = ((performance.now() - from) / 1000).toFixed(2)
    process.stdout.write(
      `${what.padEnd(40)}${seconds.padStart(8)} s${(most / 2 ** 20).toFixed(0).padStart(8)} MiB${stall.padStart(8)} ms\n`,
    )
  }
}

const service = await startJobs()
try {
  const jobs = service.as(randomUUID())
  const patient = { deadlineMs: 600_000 }
  const texts = Array.from({ length: files }, (_, n) => `export const value${n} = ${n}\n`)
  const entries = texts.map((text, n) => ({
    path: `packages/package-${n % 97}/src/components/component-${n}/index.ts`,
    sha256: hash(text),
    size: BigInt(text.length),
  }))
  const bytes = toBinary(
    CreateSnapshotRequestSchema,
    create(CreateSnapshotRequestSchema, { requestId: randomUUID(), entries }),
  ).length
  process.stdout.write(`${files} files, a request of ${bytes} bytes, ${process.memoryUsage.rss() >> 20} MiB at rest\n`)
  const declare = () => jobs.createSnapshot({ requestId: randomUUID(), entries }, patient)
  const { snapshotId } = await measure('CreateSnapshot, nothing there', declare)
  const calls: { sha256: string; content: Buffer; offset: bigint; totalSize: bigint }[][] = [[]]
  let size = 0
  for (const [n, text] of texts.entries()) {
    if (size + text.length > CALL_BYTES || calls.at(-1)!.length >= contents) {
      calls.push([])
      size = 0
    }
    size += text.length
    calls.at(-1)!.push({
      sha256: entries[n]!.sha256,
      content: Buffer.from(text),
      offset: 0n,
      totalSize: BigInt(text.length),
    })
  }
  await measure(`PutBlobs, ${calls.length} calls`, async () => {
    for (const blobs of calls) await jobs.putBlobs({ snapshotId, blobs }, patient)
  })
  const again = await measure('CreateSnapshot, all there', declare)
  if (again.missing.length > 0) throw new Error(`${again.missing.length} contents are asked for again`)
} finally {
  await service.stop()
}
