import type { BriefWork } from './briefing-work.ts'
import type { ReadWork } from './read-answer.ts'
import type { OfflineWork } from './offline-work.ts'

/** What the service asks of a child process. */
export type EngineWork = OfflineWork | BriefWork | ReadWork

/** The answer to a piece of work, as JSON text. Each kind loads what it needs alone: loading takes most of its time. */
export const answer = async (work: EngineWork): Promise<string> => {
  switch (work.kind) {
    case 'offline':
      return (await import('./offline-work.ts')).offlineAnswer(work)
    case 'brief':
      return JSON.stringify(await (await import('./briefing-work.ts')).brief(work))
    case 'read':
      return JSON.stringify((await import('./read-answer.ts')).readAnswer(work))
  }
}
