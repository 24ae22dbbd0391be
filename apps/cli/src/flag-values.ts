import { isUuid } from '@iama/kernel'
import { InvalidArgumentError } from 'commander'

/** One more value of a flag that may be repeated. */
export const one = (value: string, before: readonly string[] = []): string[] => [...before, value]
/** Words separated by commas. */
export const list = (value: string, before: readonly string[] = []): string[] => [
  ...before,
  ...value
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== ''),
]

/** The id of a job, in lower case. */
export const jobId = (value: string): string => {
  if (!isUuid(value)) throw new InvalidArgumentError('A job is named by its id; see `iama jobs`.')
  return value.toLowerCase()
}

export const wholeNumber = (value: string): number => {
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(value)
}

export const atLeastOne = (value: string): number => {
  const n = wholeNumber(value)
  if (n < 1) throw new InvalidArgumentError('It must be 1 or more.')
  return n
}
