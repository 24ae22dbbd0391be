import { brief, read, type BriefWork, type ReadWork } from './briefing-work.ts'
import { offlineAnswer, type OfflineWork } from './offline-work.ts'

/** What the service asks of a child process. */
export type EngineWork = OfflineWork | BriefWork | ReadWork

/** The answer to a piece of work, as JSON text. */
export const answer = async (work: EngineWork): Promise<string> => {
  switch (work.kind) {
    case 'offline':
      return offlineAnswer(work)
    case 'brief':
      return JSON.stringify(await brief(work))
    case 'read':
      return JSON.stringify(await read(work))
  }
}
