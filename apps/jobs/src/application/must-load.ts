import { JobNotFound } from '../domain/guards.ts'
import type { Jobs, StoredJob } from './ports.ts'

/** @throws JobNotFound also for another tenant's job: its existence is not told */
export const mustLoad = async (jobs: Jobs, jobId: string): Promise<StoredJob> => {
  const stored = await jobs.load(jobId)
  if (!stored) throw new JobNotFound()
  return stored
}
