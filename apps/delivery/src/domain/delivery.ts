import { DomainError } from '@iama/kernel'

export type DeliveryState = 'PREPARED' | 'APPLIED' | 'REVERTED'

/** A verified patch on its way to the user's tree. */
export interface Delivery {
  readonly jobId: string
  readonly state: DeliveryState
  /** The patch that the bundle was made from. */
  readonly patch: string
  /** Hex SHA-256 of the submitted tree, and of the same with the patch in it. */
  readonly baseTreeHash: string
  readonly patchedTreeHash: string
  readonly preparedAt: Date
  readonly appliedAt: Date | null
  readonly revertedAt: Date | null
}

/** Nothing was prepared for the job. */
export class DeliveryNotFound extends DomainError {
  readonly code = 'DELIVERY_NOT_FOUND'
  override readonly kind = 'not-found'

  constructor() {
    super('nothing is ready for this job; watch it until it is DELIVERED')
  }
}

/** The client reports another tree than the patch leads to. */
export class TreeDiffers extends DomainError {
  readonly code = 'TREE_DIFFERS'

  constructor(expected: string, reported: string) {
    super(`the tree has the hash ${reported}, the patch leads to ${expected}; fetch the bundle and write it again`, {
      expected,
      reported,
    })
  }
}

/** The patch cannot be taken back before it was applied, nor applied after it was taken back. */
export class DeliveryOutOfOrder extends DomainError {
  readonly code = 'DELIVERY_OUT_OF_ORDER'

  constructor(state: DeliveryState) {
    super(`the delivery is ${state}; this is not possible now`, { state })
  }
}

/**
 * Whether a bundle of this patch has to be made: false when it was made before. A later patch takes the place of one
 * that was never applied.
 * @throws DeliveryOutOfOrder when the user's tree carries, or carried, another patch
 */
export const takesBundle = (earlier: Delivery | undefined, patch: string): boolean => {
  if (earlier === undefined) return true
  if (earlier.patch === patch) return false
  if (earlier.state !== 'PREPARED') throw new DeliveryOutOfOrder(earlier.state)
  return true
}

/** The user's tree carries the patch. Undefined when it was recorded before. */
export const applied = (delivery: Delivery, treeHash: string, at: Date): Delivery | undefined => {
  if (delivery.state === 'REVERTED') throw new DeliveryOutOfOrder(delivery.state)
  if (treeHash !== '' && treeHash !== delivery.patchedTreeHash)
    throw new TreeDiffers(delivery.patchedTreeHash, treeHash)
  return delivery.state === 'APPLIED' ? undefined : { ...delivery, state: 'APPLIED', appliedAt: at }
}

/** The user's tree is as before. Undefined when it was recorded before. */
export const reverted = (delivery: Delivery, treeHash: string, at: Date): Delivery | undefined => {
  if (delivery.state === 'PREPARED') throw new DeliveryOutOfOrder(delivery.state)
  if (treeHash !== '' && treeHash !== delivery.baseTreeHash) throw new TreeDiffers(delivery.baseTreeHash, treeHash)
  return delivery.state === 'REVERTED' ? undefined : { ...delivery, state: 'REVERTED', revertedAt: at }
}
