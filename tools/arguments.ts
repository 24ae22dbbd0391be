import { parseArgs } from 'node:util'
import { StepFailed } from './bootstrap/progress.mjs'

/** Flags and words of a command; what nobody knows is refused by name. */
export const parse = <T extends NonNullable<Parameters<typeof parseArgs>[0]>['options'] & object>(
  args: readonly string[],
  options: T,
): { values: ReturnType<typeof parseArgs<{ options: T }>>['values']; words: string[] } => {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
    return { values: values as ReturnType<typeof parseArgs<{ options: T }>>['values'], words: positionals }
  } catch (error) {
    throw new StepFailed((error as Error).message, {
      hint: `the flags are: ${Object.keys(options)
        .map((name) => `--${name}`)
        .join(' ')}`,
    })
  }
}

/** `jobs=2,sandbox=2` as numbers of replicas. */
export const parseReplicas = (text: string | undefined): Record<string, number> =>
  Object.fromEntries(
    (text ?? '')
      .split(',')
      .filter((part) => part !== '')
      .map((part) => {
        const [, name, count] = /^([a-z][a-z-]*)=([1-9])$/.exec(part) ?? []
        if (name === undefined)
          throw new StepFailed(`--replicas "${part}" is not <service>=<1-9>`, { hint: '--replicas jobs=2,sandbox=2' })
        return [name, Number(count)]
      }),
  )

/** Resolves with the first signal that asks this process to end. */
export const untilAsked = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal))
  })
