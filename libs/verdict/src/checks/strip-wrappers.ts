/** Options of nyc, c8 and istanbul that take their value as the next word. */
const valueOptions = new Set(
  (
    '--reporter -r --report-dir --temp-dir --temp-directory --include -n --exclude -x --require -i --extension -e ' +
    '--cwd --lines --branches --functions --statements --watermarks --src --reports-dir -o --dir --report --config'
  ).split(' '),
)

const skipOptions = (words: readonly string[]): readonly string[] => {
  let i = 0
  while (i < words.length && words[i]!.startsWith('-')) {
    if (words[i] === '--') return words.slice(i + 1)
    i += valueOptions.has(words[i]!) ? 2 : 1
  }
  return words.slice(i)
}

const assignment = /^[A-Za-z_]\w*=/

/** A command without its packaging. `reports` marks a coverage report: there is nothing to run. */
export interface Stripped {
  readonly words: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly reports: boolean
  /** How it was launched decides whether a missing package would be fetched. */
  readonly viaNpx: boolean
}

const base = (word: string | undefined): string => (word ?? '').split('/').pop()!

/** Takes `A=1`, `cross-env`, `npx`, `yarn exec`, nyc, c8 and istanbul off the front of a command. */
export const stripWrappers = (given: readonly string[]): Stripped => {
  const env: Record<string, string> = {}
  let words = given
  let viaNpx = false
  for (let bound = 0; bound < 16; bound++) {
    const first = base(words[0])
    if (assignment.test(words[0] ?? '')) {
      const at = words[0]!.indexOf('=')
      env[words[0]!.slice(0, at)] = words[0]!.slice(at + 1)
      words = words.slice(1)
    } else if (first === 'cross-env' || first === 'cross-env-shell' || first === 'env') {
      words = words.slice(1)
    } else if (first === 'npx' || first === 'bunx') {
      words = skipOptions(words.slice(1))
      viaNpx = true
    } else if ((first === 'yarn' || first === 'pnpm' || first === 'npm') && words[1] === 'exec') {
      words = skipOptions(words.slice(2))
      viaNpx = first === 'npm'
    } else if (first === 'nyc' || first === 'c8') {
      const rest = skipOptions(words.slice(1))
      if (rest.length === 0 || ['report', 'check-coverage', 'merge', 'instrument'].includes(rest[0]!))
        return { words, env, reports: true, viaNpx }
      words = rest
    } else if (first === 'istanbul') {
      if (words[1] !== 'cover') return { words, env, reports: true, viaNpx }
      const rest = skipOptions(words.slice(2))
      // istanbul runs `_mocha -- args`: the double dash belongs to it
      const dash = rest.indexOf('--')
      words = dash < 0 ? rest : [...rest.slice(0, dash), ...rest.slice(dash + 1)]
    } else break
  }
  return { words, env, reports: false, viaNpx }
}
