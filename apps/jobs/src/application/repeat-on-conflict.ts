import { DomainError } from '@iama/kernel'

const ATTEMPTS = 8

/** Reads and decides again when somebody else changed the job meanwhile; the rules see the newest state each time. */
export const repeatOnConflict = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const raced = error instanceof DomainError && error.code === 'CONCURRENT_UPDATE'
      if (!raced || attempt >= ATTEMPTS) throw error
    }
  }
}
