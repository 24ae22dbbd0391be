/** What a writer needs of a stream to go no faster than the other side reads. */
export interface Drainable {
  once(event: 'drain' | 'close', listener: () => void): unknown
  off(event: 'drain' | 'close', listener: () => void): unknown
}

/**
 * Waits until the stream takes more, closes, or is given up. The last is told by `giveUp`, for grpc-js never drains a
 * stream whose call has ended.
 */
export const drained = (stream: Drainable, giveUp: (wake: () => void) => () => void): Promise<void> =>
  new Promise((resolve) => {
    let forget = (): void => {}
    const done = (): void => {
      stream.off('drain', done)
      stream.off('close', done)
      forget()
      resolve()
    }
    stream.once('drain', done)
    stream.once('close', done)
    forget = giveUp(done)
  })
