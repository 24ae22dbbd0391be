/**
 * Does the work for every item, at most so many at once. At the first failure no further item is begun; it is thrown
 * after what is under way has ended, so that nothing goes on behind the caller's back.
 * @returns the results, in the order of the items
 */
export const atOnce = async <Item, Result>(
  most: number,
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> => {
  const results = new Array<Result>(items.length)
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++
      try {
        results[index] = await work(items[index]!, index)
      } catch (error) {
        next = items.length
        throw error
      }
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(most, items.length) }, lane))
  const failed = lanes.find((ended) => ended.status === 'rejected')
  if (failed) throw failed.reason
  return results
}
