import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createClient, type Transport } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { JobService } from '@iama/contracts/iama/jobs/v1/service'
import { sha256 } from '@iama/patch'
import { z } from 'zod'
import type { Files } from './projects.ts'
import type { System } from './system.ts'

const credentials = z.object({ accounts: z.record(z.string(), z.object({ apiKey: z.string() })) })

/** The public API as an IDE speaks to it, with its user's key. */
export const publicApi = async ({ info, credentials: file }: System): Promise<Transport> => {
  const server = info.gatewayUrl!
  const { accounts } = credentials.parse(JSON.parse(await readFile(file, 'utf8')))
  const { apiKey } = accounts[server]!
  return createConnectTransport({
    baseUrl: server,
    httpVersion: '1.1',
    interceptors: [
      (next) => (request) => {
        request.header.set('authorization', `Bearer ${apiKey}`)
        return next(request)
      },
    ],
  })
}

export const jobsOf = async (system: System) => createClient(JobService, await publicApi(system))

interface Asked {
  readonly goal: string
  /** Whether the job expects heartbeats; none are sent here. */
  readonly attached: boolean
  readonly budgetMicros?: bigint
}

/** Submits a project and starts a job that takes the best strategy by itself. @returns its id */
export const startJob = async (system: System, files: Files, asked: Asked): Promise<string> => {
  const jobs = await jobsOf(system)
  const contents = Object.entries(files).map(([name, text]) => {
    const content = Buffer.from(text)
    return { name, content, hash: sha256(content), size: BigInt(content.length) }
  })
  const entries = contents.map(({ name, hash, size }) => ({ path: name, sha256: hash, size }))
  const { snapshotId } = await jobs.createSnapshot({ requestId: randomUUID(), entries })
  const blobs = contents.map(({ content, hash, size }) => ({ sha256: hash, content, offset: 0n, totalSize: size }))
  await jobs.putBlobs({ snapshotId, blobs })
  const options = { ...asked, autoApprove: true }
  const { job } = await jobs.createJob({ requestId: randomUUID(), snapshotId, name: 'from an IDE', options })
  await jobs.startJob({ jobId: job!.id, requestId: randomUUID() })
  return job!.id
}

/** A job that expects heartbeats, as an IDE's does. @returns its id */
export const startAttached = (system: System, files: Files): Promise<string> =>
  startJob(system, files, { goal: 'modernize', attached: true })
