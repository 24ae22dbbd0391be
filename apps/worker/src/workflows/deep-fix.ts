import { patched } from '@temporalio/workflow'
import { reanalyze } from './activities.ts'
import { refactor } from './chapters.ts'
import { Desk } from './desk.ts'
import type { JobRef, JobView } from './story.ts'

/**
 * The dearest model begins afresh: a sandbox of its own, nothing of the attempts before, an analysis of its own, one patch
 * written from that, and its verdict. A person has confirmed what it may cost in all; the job says whether it is green.
 */
export async function deepFix(ref: JobRef, job: JobView): Promise<void> {
  const desk = new Desk(ref)
  try {
    if (patched('deep-fix-reanalyses')) desk.reanalysis = await reanalyze(desk.task(job))
    await refactor(desk, job)
  } finally {
    await desk.closeSandbox()
  }
}
