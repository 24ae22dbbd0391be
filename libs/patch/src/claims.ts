import type { Patch } from './edit.ts'

/** A patch as one from elsewhere: whatever it says of its evidence, nobody here has seen any. */
export const withoutClaims = (patch: Patch): Patch => ({
  ...patch,
  edits: patch.edits.map((edit) => ({ ...edit, evidence: { kind: 'unproven' } })),
})
