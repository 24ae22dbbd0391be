/**
 * gRPC between the services, over the generated descriptors.
 *
 * ```ts
 * const server = await serve({ services: [implement(JobService, handlers)], address, authenticate, logger, health })
 * const jobs = client(JobService, server.address, { token })
 * const { job } = await jobs.getJob({ jobId }, { parent: context })
 * for await (const event of jobs.watchJob({ jobId })) { ... }   // `break` cancels the call
 * ```
 *
 * Handlers throw `DomainError`s; callers catch them as `RpcError` with the same reason, kind, metadata and violations.
 * What is not a DomainError leaves as INTERNAL with a trace id, and its text stays in the log.
 */
export type { CallContext } from './call-context.ts'
export type { Authenticate, RpcLogger } from './call-runner.ts'
export { closeChannels } from './channels.ts'
export { client, type CallOptions, type Client, type ClientOptions, type TokenProvider } from './client.ts'
export { MAX_MESSAGE_BYTES, methodPath, serviceDefinition } from './codec.ts'
export type { ReadinessSource } from './health.ts'
export type { CallOutcome, Interceptor } from './interceptor.ts'
export type { RetryPolicy } from './retry.ts'
export { Code, codeForKind, codeName, kindForCode, RpcError, type RpcErrorInit } from './rpc-error.ts'
export { rpcErrorFrom, statusOf } from './error-details.ts'
export { serve, type RpcServer, type ServeOptions } from './server.ts'
export { implement, type Handlers, type ServiceImplementation } from './service.ts'
