/** What sort of secret was found, as shown to people: `aws`, `private-key`, `password`. */
export type SecretKind = string

/** A secret's place in a text: half-open range of characters. */
export interface Finding {
  readonly kind: SecretKind
  readonly start: number
  readonly end: number
}

/** Looks for one family of secrets. The text has no escapes of white space any more, see `scannable`. */
export type Rule = (text: string) => Iterable<Finding>

/**
 * The text as rules read it, each character at its place: in `"one\nAKIA…"` the `n` is no letter of a word, and a line
 * begins after it. The same text decides where a placeholder begins.
 */
export const scannable = (text: string): string =>
  text.replace(/\\[nrt]/g, (escape) => (escape === '\\n' ? ' \n' : '  '))

/** A rule that finds the group `secret` of a pattern, or all of its match. */
export const pattern = (
  kind: SecretKind,
  regex: RegExp,
  isSecret: (match: RegExpExecArray) => boolean = () => true,
): Rule => {
  const indexed = new RegExp(regex.source, [...new Set(`${regex.flags}dg`)].join(''))
  return function* (text) {
    for (const match of text.matchAll(indexed)) {
      if (!isSecret(match)) continue
      const [start, end] = match.indices!.groups?.['secret'] ?? match.indices![0]!
      yield { kind, start, end }
    }
  }
}
