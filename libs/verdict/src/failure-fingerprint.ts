import { sha256 } from '@iama/patch'
import type { TestFailure } from './types.ts'

/** A message without what changes from run to run: paths, addresses, times, numbers. */
export const normaliseMessage = (message: string): string =>
  message
    // eslint-disable-next-line no-control-regex
    .replace(/\u001b\[[0-9;]*m/g, '')
    .replace(/\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?/g, '<time>')
    .replace(/\b\d{1,2}:\d{2}:\d{2}(\.\d+)?\b/g, '<time>')
    .replace(/(file:\/\/)?(?<![\w.])(\/|[A-Za-z]:\\)[\w.@+-]+([/\\][\w.@+-]+)*(:\d+)*/g, '<path>')
    .replace(/\b0x[0-9a-f]+\b/gi, '<address>')
    .replace(/[-+]?\b\d+(\.\d+)?(e[-+]?\d+)?(ms|s)?\b/gi, '<n>')
    .replace(/\s+/g, ' ')
    .trim()

/** Hash of the sorted failing test ids with their normalised messages: equal when nothing has moved. */
export const failureFingerprint = (failures: readonly TestFailure[]): string => {
  const lines = failures.map(({ id, message }) => JSON.stringify([id, normaliseMessage(message)])).sort()
  return sha256(Buffer.from(lines.join('\n')))
}
