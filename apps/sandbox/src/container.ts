import { ArtifactService } from '@iama/contracts/iama/jobs/v1/artifact'
import { systemClock, systemIds, type Clock, type Ids } from '@iama/kernel'
import { PostgresOutbox } from '@iama/messaging'
import { client } from '@iama/rpc'
import { openService, type HostOptions, type RunningService, type ServiceHost } from '@iama/service'
import { currentTraceparent } from '@iama/telemetry'
import { Container, type ServiceIdentifier } from 'inversify'
import type { Artifacts, Gates, SandboxRuntime, Stores, UnitOfWork, VerdictSigner } from './application/ports.ts'
import { SandboxApplication } from './application/sandbox-application.ts'
import type { SandboxConfig } from './config.ts'
import { SandboxUnavailable } from './domain/errors.ts'
import { OutboxAnnouncements } from './infrastructure/announcements.outbox.ts'
import { RpcArtifacts } from './infrastructure/artifacts.rpc.ts'
import { PostgresDependencyIndex } from './infrastructure/dependency-index.postgres.ts'
import { ProcessGates } from './infrastructure/gates.process.ts'
import { evidenceRows, sessionRows } from './infrastructure/rows.ts'
import { callers, sandboxRpc, verdictKeyRpc } from './infrastructure/rpc.ts'
import { BubblewrapRuntime } from './infrastructure/sandbox-runtime.bubblewrap.ts'
import { PostgresSessions } from './infrastructure/sessions.postgres.ts'
import { upkeep } from './infrastructure/upkeep.ts'
import { Ed25519VerdictSigner, loadVerdictKey } from './infrastructure/verdict-signer.ed25519.ts'
import { PostgresWipeEvidences } from './infrastructure/wipe-evidences.postgres.ts'

const token = <Type>(name: string): ServiceIdentifier<Type> => Symbol(name)

const CLOCK = token<Clock>('Clock')
const IDS = token<Ids>('Ids')
const RUNTIME = token<SandboxRuntime>('SandboxRuntime')
const GATES = token<Gates>('Gates')
const ARTIFACTS = token<Artifacts>('Artifacts')
const SIGNER = token<VerdictSigner>('VerdictSigner')
const UNIT_OF_WORK = token<UnitOfWork>('UnitOfWork')
const APPLICATION = token<SandboxApplication>('SandboxApplication')

/** What a test may put in place of the real thing. */
export interface SandboxOverrides extends Pick<HostOptions, 'identity'> {
  readonly clock?: Clock
  readonly ids?: Ids
  readonly artifacts?: Artifacts
}

/** Opens the service as it runs in production; the composition root. */
export const createSandbox = async (
  config: SandboxConfig,
  overrides: SandboxOverrides = {},
): Promise<RunningService> => {
  const { identity } = overrides
  const host = await openService(config, { entities: [sessionRows, evidenceRows], ...(identity && { identity }) })
  try {
    // a free port is known only once the server listens
    const place = { address: config.advertise ?? config.listen, limits: config.limits }
    const container = compose(config, host, place, overrides)
    const app = container.get(APPLICATION)
    const runtime = container.get(RUNTIME)
    await runtime.probe()
    host.onStop(upkeep(app, runtime, { idleMs: config.idleMs, logger: host.logger }))
    const running = await host.serve({
      services: [sandboxRpc(app, config.limits), verdictKeyRpc(container.get(SIGNER))],
      callers,
      checks: { isolation: { check: () => isolated(runtime), fix: 'see the error' } },
    })
    place.address = config.advertise ?? running.address
    return running
  } catch (error) {
    await host.stop()
    throw error
  }
}

const isolated = async (runtime: SandboxRuntime): Promise<void> => {
  const probe = await runtime.probe()
  if (!probe.available) throw new SandboxUnavailable(probe.reason, probe.fix)
}

const compose = (
  config: SandboxConfig,
  host: ServiceHost,
  place: { address: string; readonly limits: SandboxConfig['limits'] },
  overrides: SandboxOverrides,
): Container => {
  const container = new Container({ defaultScope: 'Singleton' })
  const clock = overrides.clock ?? systemClock
  container.bind(CLOCK).toConstantValue(clock)
  container.bind(IDS).toConstantValue(overrides.ids ?? systemIds)
  container.bind(RUNTIME).toDynamicValue(() => new BubblewrapRuntime({ ...config.runtime, now: () => clock.now() }))
  container.bind(GATES).toResolvedValue(
    (runtime: SandboxRuntime) => {
      const gates = new ProcessGates(runtime, config.gates)
      host.onStop(() => gates.close())
      return gates
    },
    [RUNTIME],
  )
  container.bind(ARTIFACTS).toDynamicValue(() => overrides.artifacts ?? artifactsAt(config, host))
  container.bind(SIGNER).toDynamicValue(() => new Ed25519VerdictSigner(loadVerdictKey(config.verdictKeyFile)))
  container.bind(UNIT_OF_WORK).toResolvedValue((ids: Ids) => unitOfWork(host, ids), [IDS])
  container.bind(APPLICATION).toResolvedValue(
    (
      unitOfWork: UnitOfWork,
      runtime: SandboxRuntime,
      gates: Gates,
      artifacts: Artifacts,
      signer: VerdictSigner,
      ids: Ids,
    ) => {
      const meter = {
        provisioned: (seconds: number, result: 'ok' | 'failed') =>
          host.metrics.sandboxProvisionDuration.record(seconds, { result }),
      }
      return new SandboxApplication({ unitOfWork, runtime, gates, artifacts, signer, meter, clock, ids }, place)
    },
    [UNIT_OF_WORK, RUNTIME, GATES, ARTIFACTS, SIGNER, IDS],
  )
  return container
}

const artifactsAt = (config: SandboxConfig, host: ServiceHost): Artifacts => {
  const jobs = client(ArtifactService, config.jobsAddress, { token: host.identity.tokens, defaultDeadlineMs: 60_000 })
  host.onStop(() => jobs[Symbol.dispose]())
  return new RpcArtifacts(jobs)
}

const unitOfWork = (host: ServiceHost, ids: Ids): UnitOfWork =>
  host.unitOfWork<Stores>((manager, tenantId) => ({
    sessions: new PostgresSessions(manager, tenantId),
    evidences: new PostgresWipeEvidences(manager, tenantId),
    dependencies: new PostgresDependencyIndex(manager, tenantId),
    announcements: new OutboxAnnouncements(new PostgresOutbox(manager), ids, () => currentTraceparent() ?? ''),
  }))
