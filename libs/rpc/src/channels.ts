import {
  ChannelCredentials,
  Client as GrpcClient,
  logVerbosity,
  setLogVerbosity,
  type ChannelOptions,
} from '@grpc/grpc-js'
import { MAX_MESSAGE_BYTES } from './codec.ts'

// grpc-js writes plain text to stderr beside our JSON, of things that also come back as errors
setLogVerbosity(logVerbosity.NONE)

const channelOptions: ChannelOptions = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 5_000,
  // a service that was restarted is found again quickly; the defaults are 1 s and 2 min
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  // grpc-js would send loopback and cluster traffic through the http_proxy of the environment
  'grpc.enable_http_proxy': 0,
  // a target may name several replicas: calls go to each in turn, and only to those that are there
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  'grpc.service_config_disable_resolution': 1,
}

interface Shared {
  readonly grpc: GrpcClient
  users: number
}

const plain = ChannelCredentials.createInsecure()
const channels = new Map<ChannelCredentials, Map<string, Shared>>()

/** A place on the one channel to a target; `release` closes it behind the last user. */
export interface ChannelLease {
  readonly grpc: GrpcClient
  release(): void
}

export const leaseChannel = (target: string, credentials: ChannelCredentials = plain): ChannelLease => {
  const targets = channels.get(credentials) ?? new Map<string, Shared>()
  channels.set(credentials, targets)
  const shared = targets.get(target) ?? { grpc: new GrpcClient(target, credentials, channelOptions), users: 0 }
  targets.set(target, shared)
  shared.users += 1
  let held = true
  return {
    grpc: shared.grpc,
    release: () => {
      if (!held) return
      held = false
      shared.users -= 1
      if (shared.users > 0) return
      if (targets.get(target) === shared) targets.delete(target)
      shared.grpc.close()
    },
  }
}

/** Closes every channel of the process; for the end of `main` and of test suites. Open calls are cancelled. */
export const closeChannels = (): void => {
  for (const targets of channels.values()) for (const { grpc } of targets.values()) grpc.close()
  channels.clear()
}
