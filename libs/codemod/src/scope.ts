import picomatch from 'picomatch'

import type { AnalyzeOptions, Analysis, RefactorRequest } from './types.ts'

const matcher = (globs: readonly string[] | undefined): ((path: string) => boolean) | undefined =>
  globs?.length ? picomatch([...globs], { dot: true }) : undefined

/** Whether a path lies in the scope of include and exclude. */
export const inScope = ({ include, exclude }: AnalyzeOptions): ((path: string) => boolean) => {
  const isIncluded = matcher(include) ?? (() => true)
  const isExcluded = matcher(exclude) ?? (() => false)
  return (path) => isIncluded(path) && !isExcluded(path)
}

/** The files that a request may change, in the order of their paths. */
export const pathsInScope = (analysis: Analysis, request: RefactorRequest): string[] => {
  const isWanted = inScope(request.include ? { include: request.include } : {})
  return analysis.files.filter(({ editable, path }) => editable && isWanted(path)).map(({ path }) => path)
}
