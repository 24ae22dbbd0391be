import { refactor } from './chapters.ts'
import { Desk } from './desk.ts'
import type { JobRef, JobView } from './story.ts'

/**
 * The dearest model begins afresh: a sandbox of its own, nothing of the attempts before, one patch and its verdict. A
 * person has confirmed what it may cost; the job says whether it is green.
 */
export async function deepFix(ref: JobRef, job: JobView): Promise<void> {
  const desk = new Desk(ref)
  try {
    await refactor(desk, job)
  } finally {
    await desk.closeSandbox()
  }
}
