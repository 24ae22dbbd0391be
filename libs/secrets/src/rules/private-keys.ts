import type { Finding, Rule } from '../finding.ts'

const begins = /-----BEGIN (?<label>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----/g
const MAX_KEY = 20_000
/** What the rest of a key looks like that is cut off: base64 with what string literals put around their lines. */
const body = /^(?:[A-Za-z0-9+/=\s"'`,\\:;]|-(?!-))*/

/**
 * Private keys in PEM form, also as one line with escaped line ends and as a sum of string literals. A key without its
 * end is taken as far as it can reach.
 */
export const privateKeys: Rule = function* (text): Iterable<Finding> {
  let done = 0
  for (const match of text.matchAll(begins)) {
    const start = match.index
    if (start < done) continue
    const rest = text.slice(start + match[0].length, start + MAX_KEY)
    const end = `-----END ${match.groups!['label']!}-----`
    const at = rest.indexOf(end)
    const length = at === -1 ? cutLength(body.exec(rest)![0]) : at + end.length
    if (length === 0) continue
    done = start + match[0].length + length
    yield { kind: 'private-key', start, end: done }
  }
}

/** How much of what follows still belongs to a key: to the last of its base64. */
const cutLength = (text: string): number => {
  const last = text.trimEnd().replace(/[^A-Za-z0-9+/=]+$/, '')
  return /[A-Za-z0-9+/=]{16}/.test(last) ? last.length : 0
}

const putty = /Private-Lines: \d{1,4}\s{1,4}(?<secret>[A-Za-z0-9+/=\s]{16,20000}?)\s{1,4}Private-MAC:/dg

/** PuTTY's form: what follows the line count is the key. */
export const puttyKeys: Rule = function* (text): Iterable<Finding> {
  for (const match of text.matchAll(putty)) {
    const [start, end] = match.indices!.groups!['secret']!
    yield { kind: 'private-key', start, end }
  }
}
