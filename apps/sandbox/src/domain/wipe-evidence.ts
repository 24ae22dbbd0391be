/** Proof that nothing of a session is left: what was removed, when, and how that was checked. */
export interface WipeEvidence {
  readonly sandboxId: string
  readonly tenantId: string
  readonly reason: 'destroyed' | 'leftover'
  readonly files: number
  readonly directories: number
  readonly symlinks: number
  readonly bytes: number
  readonly processesKilled: number
  readonly startedAt: Date
  readonly finishedAt: Date
  /** Each check that was made after the removal, in words. */
  readonly verification: readonly string[]
}
