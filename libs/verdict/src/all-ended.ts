/**
 * What all of them give. When one fails the others have ended before its error is thrown: what they used may then be
 * removed.
 */
export const allEnded = async <Results extends readonly unknown[]>(work: {
  readonly [At in keyof Results]: Promise<Results[At]>
}): Promise<Results> => {
  await Promise.allSettled(work)
  return (await Promise.all(work)) as unknown as Results
}
