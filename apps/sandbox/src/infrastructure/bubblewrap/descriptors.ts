import { readdirSync, readFileSync } from 'node:fs'

const O_CLOEXEC = 0o2000000
const STANDARD = 3

/**
 * Descriptors that this process was started with and that every child would inherit (a launcher's pipes and locks).
 * They are to be replaced in the children: a sandbox gets its three standard ones and nothing else.
 */
export const inheritedDescriptors = (): number[] =>
  readdirSync('/proc/self/fd')
    .map(Number)
    .filter((descriptor) => {
      if (descriptor < STANDARD) return false
      try {
        const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1]
        return flags !== undefined && (parseInt(flags, 8) & O_CLOEXEC) === 0
      } catch {
        return false // the descriptor that listed the folder
      }
    })

/** The `stdio` of a child: the wanted ones, and /dev/null in the place of each inherited one beyond them. */
export const coveringStdio = <T>(
  wanted: readonly T[],
  inherited: readonly number[],
  devNull: number,
): (T | number | 'ignore')[] => {
  const highest = Math.max(wanted.length - 1, ...inherited)
  return Array.from({ length: highest + 1 }, (_, index) => {
    if (index < wanted.length) return wanted[index]!
    return inherited.includes(index) ? devNull : 'ignore'
  })
}
