const indentOf = (line: string): string => /^[ \t]*/.exec(line)![0]
const isBlank = (line: string): boolean => line.trim() === ''
const collapse = (line: string): string => line.trim().replace(/[ \t]+/g, ' ')

/** Blanks inside a string are part of the program, so a line with a quote is not taken with other ones inside. */
export const stringDrifted = (searched: string, matched: string): boolean =>
  searched.trim() !== matched.trim() && collapse(searched) === collapse(matched) && /["'`]/.test(matched)

/**
 * New lines in the indentation of the file, when the lines that they replace were written in another: moved by one
 * and the same prefix, else indent by indent as the old lines show it. Undefined when the old lines do not tell.
 * @param searched the old lines as the reply has them
 * @param matched the same lines as the file has them
 */
export const adaptIndentation = (
  searched: readonly string[],
  matched: readonly string[],
  wanted: readonly string[],
): string[] | undefined => {
  const pairs = searched
    .map((line, n) => [line, matched[n]!] as const)
    .filter(([line]) => !isBlank(line))
    .map(([line, other]) => [indentOf(line), indentOf(other)] as const)
  if (pairs.every(([theirs, ours]) => theirs === ours)) return [...wanted]
  const filled = wanted.filter((line) => !isBlank(line))
  const [theirs, ours] = pairs[0]!
  if (ours.endsWith(theirs)) {
    const prefix = ours.slice(0, ours.length - theirs.length)
    if (pairs.every(([a, b]) => b === prefix + a)) return wanted.map((line) => (isBlank(line) ? line : prefix + line))
  }
  if (theirs.endsWith(ours)) {
    const prefix = theirs.slice(0, theirs.length - ours.length)
    if (pairs.every(([a, b]) => a === prefix + b) && filled.every((line) => line.startsWith(prefix))) {
      return wanted.map((line) => (isBlank(line) ? line : line.slice(prefix.length)))
    }
  }
  const known = new Map(pairs)
  if (pairs.some(([a, b]) => known.get(a) !== b) || filled.some((line) => !known.has(indentOf(line)))) return undefined
  return wanted.map((line) => (isBlank(line) ? line : known.get(indentOf(line))! + line.slice(indentOf(line).length)))
}
