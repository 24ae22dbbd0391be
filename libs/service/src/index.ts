export { remoteIdentity, type Identity } from './identity.ts'
export { migrateFromEnvironment } from './migrate.ts'
export { runService } from './run-service.ts'
export { openService, type HostOptions, type RunningService, type ServiceHost, type Surface } from './service-host.ts'
export {
  commonSettings,
  readEnvironment,
  serviceSettings,
  target,
  toServiceSettings,
  type ServiceSettings,
} from './settings.ts'
export { TokenExchange } from './token-exchange.ts'
