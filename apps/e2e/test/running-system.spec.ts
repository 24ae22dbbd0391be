import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { create, createFileRegistry, fromBinary, type DescService, type FileRegistry } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { Health, HealthCheckResponse_ServingStatus } from '@iama/contracts/health/v1/health'
import { ServerReflection } from '@iama/contracts/reflection'
import { client } from '@iama/rpc'
import { eventually } from '@iama/testing/servers'
import type { ReplicaInfo } from '../../../tools/stack/info.ts'
import { healthy, writeProject } from './projects.ts'
import { openSystem, type System } from './system.ts'

const MINUTE = 60_000
const processes = ['auth', 'jobs', 'billing', 'router', 'sandbox', 'delivery', 'compliance', 'worker', 'gateway']

let system: System
let jobId: string

beforeAll(async () => {
  system = await openSystem()
  const dir = await writeProject(healthy)
  const done = await system.iama(['refactor', dir, '--goal', 'modernize', '--target', 'node20', '--yes'])
  expect({ code: done.code, stderr: done.code === 0 ? '' : done.stderr }).toEqual({ code: 0, stderr: '' })
  jobId = done.jobId
}, 4 * MINUTE)

afterAll(async () => await system.stop(), MINUTE)

interface Span {
  readonly trace_id: string
  readonly span_id: string
  readonly parent_span_id?: string
  readonly service: string
  readonly name: string
  readonly attributes: { readonly job_id?: string }
}

/** What the processes have written of the job's trace so far; the last line may not be whole yet. */
const traceOf = async (job: string): Promise<Span[]> => {
  const lines = (await readFile(path.join(system.info.dir, 'spans.jsonl'), 'utf8')).split('\n').slice(0, -1)
  const all = lines.map((line) => JSON.parse(line) as Span)
  const activity = all.find(({ service, attributes }) => service === 'worker' && attributes.job_id === job)
  return all.filter(({ trace_id }) => trace_id === activity?.trace_id)
}

/** Ids on which something hangs that was not written down itself. */
const rootsOf = (trace: readonly Span[]): string[] => {
  const known = new Set(trace.map(({ span_id }) => span_id))
  return [...new Set(trace.map(({ parent_span_id }) => parent_span_id ?? 'none').filter((id) => !known.has(id)))]
}

/** Who takes part in a job. */
const taking = ['gateway', 'auth', 'jobs', 'worker', 'billing', 'router', 'sandbox', 'delivery']

describe('a job', () => {
  it('is one trace, from the command line to the activities and what they ask for', async () => {
    // spans are written in batches, twice a second, each when it ends, by each process in its own time: the last of the
    // worker may be there before those of whom it has asked
    const trace = await eventually('every span but the client’s own is there', async () => {
      const found = await traceOf(jobId)
      const told = new Set(found.map(({ service }) => service))
      const last = found.some(({ name }) => name === 'recordDelivery') && rootsOf(found).length === 1
      return last && taking.every((service) => told.has(service)) && found
    })
    expect(rootsOf(trace)).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)])
    expect(trace.map(({ name }) => name)).toContain('iama.jobs.v1.JobService/StartJob')
    expect(new Set(trace.map(({ service }) => service))).toEqual(new Set(taking))
    expect(trace.filter(({ service }) => service === 'worker').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['reserveQuota', 'provisionSandbox', 'generatePatch', 'runTests', 'verifyPatch']),
    )
  })
})

const replicas = (): ReplicaInfo[] => Object.values(system.info.services).flat()
const listening = (purpose: string): [string, number][] =>
  replicas().flatMap(({ name, ports }) => (ports[purpose] === undefined ? [] : [[name, ports[purpose]]]))

describe('every process', () => {
  it('is ten kinds of process, jobs and sandbox twice', () => {
    expect(
      replicas()
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...processes, 'monitoring', 'jobs-2', 'sandbox-2'].sort())
  })

  it('is alive and ready, and has metrics', async () => {
    for (const [name, port] of listening('health')) {
      const get = async (page: string): Promise<[number, string]> => {
        const answer = await fetch(`http://127.0.0.1:${port}${page}`)
        return [answer.status, await answer.text()]
      }
      expect([name, (await get('/healthz'))[0], (await get('/readyz'))[0]]).toEqual([name, 200, 200])
      expect((await get('/metrics'))[1]).toMatch(/^process_resident_memory_bytes/m)
    }
  })

  it('with gRPC lists its services, from which a stranger can call every method', async () => {
    const found: string[] = []
    for (const [name, port] of listening('rpc')) {
      using health = client(Health, `127.0.0.1:${port}`)
      expect([name, (await health.check({})).status]).toEqual([name, HealthCheckResponse_ServingStatus.SERVING])
      for (const service of await describedServices(port)) {
        found.push(service.typeName)
        for (const method of service.methods.filter(({ methodKind }) => methodKind === 'unary')) {
          using stranger = client(service, `127.0.0.1:${port}`)
          const call = (stranger as unknown as Record<string, (request: object) => Promise<unknown>>)[method.localName]!
          const answer = await call({}).then(
            () => 'answered',
            (error: Error & { code?: string }) => error.code ?? error.message,
          )
          // whoever says nothing of himself is told so, or what is wrong with an empty request: never "unimplemented"
          expect([service.typeName, method.name, answer]).toEqual([
            service.typeName,
            method.name,
            expect.stringMatching(/^(answered|UNAUTHENTICATED|INVALID_REQUEST|[A-Z]+_[A-Z_]+)$/),
          ])
        }
      }
    }
    expect(new Set(found)).toEqual(
      new Set([
        'iama.auth.v1.AuthService',
        'iama.auth.v1.InternalService',
        'iama.auth.v1.KeyService',
        'iama.jobs.v1.JobService',
        'iama.jobs.v1.LifecycleService',
        'iama.jobs.v1.OperatorService',
        'iama.jobs.v1.ArtifactService',
        'iama.billing.v1.BillingService',
        'iama.billing.v1.QuotaService',
        'iama.router.v1.ModelService',
        'iama.router.v1.RouterService',
        'iama.sandbox.v1.SandboxService',
        'iama.sandbox.v1.VerdictKeyService',
        'iama.delivery.v1.DeliveryService',
        'iama.delivery.v1.DeliveryInternalService',
        'iama.compliance.v1.ComplianceService',
        'iama.monitoring.v1.MonitoringService',
      ]),
    )
  })
})

/** What a server says of itself, as grpcurl reads it. */
const describedServices = async (port: number): Promise<DescService[]> => {
  using reflection = client(ServerReflection, `127.0.0.1:${port}`)
  const ask = async (request: 'listServices' | 'fileContainingSymbol', value: string) => {
    const questions = (async function* () {
      yield { messageRequest: { case: request, value } } as const
    })()
    for await (const { messageResponse } of reflection.serverReflectionInfo(questions)) return messageResponse
    throw new Error('no answer')
  }
  const list = await ask('listServices', '')
  if (list.case !== 'listServicesResponse') throw new Error('no list')
  const described: DescService[] = []
  for (const { name } of list.value.service) {
    if (!name.startsWith('iama.')) continue
    const files = await ask('fileContainingSymbol', name)
    if (files.case !== 'fileDescriptorResponse') throw new Error(`no file for ${name}`)
    described.push(registryOf(files.value.fileDescriptorProto).getService(name)!)
  }
  return described
}

/** Each file comes before what it imports; a registry is filled the other way round. */
const registryOf = (files: readonly Uint8Array[]): FileRegistry => {
  const file = files.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes)).reverse()
  return createFileRegistry(create(FileDescriptorSetSchema, { file }))
}
