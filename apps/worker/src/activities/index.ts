import type { Clients } from '../clients.ts'
import { deliveryActivities } from './delivery.ts'
import { generationActivities } from './generation.ts'
import { factActivities } from './facts.ts'
import { jobActivities } from './job.ts'
import { sandboxActivities } from './sandbox.ts'

/** The activities by the task queue on which they run. */
export const activitiesOf = (clients: Clients) => ({
  refactor: { ...jobActivities(clients), ...factActivities(clients) },
  sandbox: sandboxActivities(clients),
  llm: generationActivities(clients),
  delivery: deliveryActivities(clients),
})

export type JobActivities = ReturnType<typeof jobActivities>
export type FactActivities = ReturnType<typeof factActivities>
export type SandboxActivities = ReturnType<typeof sandboxActivities>
export type GenerationActivities = ReturnType<typeof generationActivities>
export type DeliveryActivities = ReturnType<typeof deliveryActivities>
