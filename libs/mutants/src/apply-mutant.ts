import type { Mutant } from './types.ts'

/** The source with one fault in it; the source must be the one that the mutant was made of. It always parses. */
export const applyMutant = (source: string, { range, replacement }: Pick<Mutant, 'range' | 'replacement'>): string =>
  source.slice(0, range.start) + replacement + source.slice(range.end)
