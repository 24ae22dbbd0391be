import { setTimeout as sleep } from 'node:timers/promises'
import { InternalService } from '@iama/contracts/iama/auth/v1/internal'
import type { Clock, Ids } from '@iama/kernel'
import { client } from '@iama/rpc'
import { tokenVerifier } from '@iama/security'
import { TokenExchange, type ServiceHost } from '@iama/service'
import type { Budgets } from '../../application/budgets.ts'
import type { Circuits } from '../../application/circuits.ts'
import { CompleteChat } from '../../application/complete-chat.ts'
import { Payments } from '../../application/payments.ts'
import type { Entitlements, UsageLog } from '../../application/ports.ts'
import type { KeyRing } from '../key-ring.ts'
import type { ModelSettings } from '../models-file.ts'
import { Callers } from './caller.ts'
import { Endpoints } from './endpoints.ts'
import { serveOpenAi, type OpenAiServer } from './openai-server.ts'

/** A revoked API key works for so long, in milliseconds. */
const CREDENTIAL_MS = 30_000

export interface CompletionsOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly listen: string
  readonly authAddress: string
  readonly models: readonly ModelSettings[]
  readonly host: ServiceHost
  readonly entitlements: Entitlements
  readonly keyRing: KeyRing
  readonly circuits: Circuits
  readonly budgets: Budgets
  readonly usageLog: UsageLog
  readonly clock: Clock
  readonly ids: Ids
}

/** Opens the port of OpenAI's protocol; it is closed before what the host opened earlier. */
export const openCompletions = async (options: CompletionsOptions): Promise<OpenAiServer> => {
  const { listen, authAddress, models, host, entitlements, keyRing, circuits, budgets, usageLog, clock, ids } = options
  const { logger, identity } = host
  const exchange = new TokenExchange(client(InternalService, authAddress), clock, CREDENTIAL_MS)
  const callers = new Callers(exchange, tokenVerifier({ audience: 'router', keys: identity.keys, clock }))
  const onTrouble = (error: Error): void =>
    logger.warn({ err: error }, 'the usage of a call could not be written down yet')
  const payments = new Payments(usageLog, budgets, onTrouble, (milliseconds, signal) =>
    sleep(milliseconds, undefined, { signal }).catch(() => undefined),
  )
  host.onStop(() => payments.stop())
  const endpoints = new Endpoints(models, keyRing)
  host.onStop(() => endpoints.close())
  const completeChat = new CompleteChat({ offers: keyRing, entitlements, circuits, budgets, payments, clock, ids })
  const server = await serveOpenAi(listen, {
    callers,
    completeChat,
    endpoints,
    offers: keyRing,
    ids,
    logger,
  })
  host.onStop(() => server.stop())
  logger.info(`OpenAI's protocol is served on ${server.address}`)
  return server
}
