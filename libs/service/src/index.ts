export { remoteIdentity, type Identity } from './identity.ts'
export { runService } from './run-service.ts'
export { openService, type HostOptions, type RunningService, type ServiceHost, type Surface } from './service-host.ts'
export {
  commonSettings,
  readEnvironment,
  serviceSettings,
  toServiceSettings,
  type ServiceSettings,
} from './settings.ts'
