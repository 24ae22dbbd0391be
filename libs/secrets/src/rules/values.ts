/** Values that stand for a secret without being one: templates, references, examples to fill in. */
const standsFor =
  /^[*•.x_\-?]+$|^(?:<.*>|\[.*\]|\{.*\}|%.*%|\$.*|#\{.*)$|\$\{|\{\{|<%|^(?:your|my|the|some|an?)[-_ ]|^(?:process\.env|import\.meta|os\.environ|env[.:]|secrets?\.|var\.|vault:|ref\+|op:\/\/|file:|arn:)/i
const usualWords =
  /^(?:true|false|null|none|nil|undefined|required|optional|string|number|boolean|text|hidden|password|secret|token|example|placeholder|redacted|changeme|default|unknown|invalid|missing|empty)$/i

/** Bits per character by Shannon. */
export const entropyOf = (text: string): number => {
  const counts = new Map<string, number>()
  for (const each of text) counts.set(each, (counts.get(each) ?? 0) + 1)
  const length = [...counts.values()].reduce((sum, count) => sum + count, 0)
  return [...counts.values()].reduce((sum, count) => sum - (count / length) * Math.log2(count / length), 0)
}

/** Paths, dotted and dashed words, versions, words in camel case, words with a short number: what people call things. */
const isNaming = (value: string): boolean =>
  value
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .split(/[-_./:\\ @#]+/)
    .every((part) => /^(?:[A-Z]?[a-z]{0,18}\d{0,4}|[A-Z]{0,18}\d{0,4}|v?\d{1,4})$/.test(part))

const kindsOf = (value: string): number =>
  [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((each) => each.test(value)).length

const isPlain = (value: string): boolean =>
  standsFor.test(value) || usualWords.test(value) || /^(.)\1*$/s.test(value) || /[\s<>]/.test(value)

/** Whether the value of something called password is one: short ones count, words alone do not. */
export const looksLikePassword = (value: string): boolean => {
  if (value.length < 6 || value.length > 512 || isPlain(value)) return false
  if (/^[./~#]|^\w+:\/\/|\(|\)|password|passwd|\bpwd\b/i.test(value) && isNaming(value.replace(/[()]/g, '')))
    return false
  const names = /^[A-Za-z]+(?:[-_./:][A-Za-z]+)*$/.test(value)
  if (names) return value.length >= 16 && looksRandom(value)
  return kindsOf(value) >= 2 && entropyOf(value) >= 2
}

/** Whether the value of something called key, token or secret is one: long enough, and no name of something. */
export const looksLikeKey = (value: string): boolean => {
  if (value.length < 12 || value.length > 4096 || isPlain(value)) return false
  if (/^[./~#]|\(|\)/.test(value) && isNaming(value.replace(/[()]/g, ''))) return false
  return looksRandom(value)
}

/** Random text of any alphabet: many different characters, and no words. */
const looksRandom = (value: string): boolean => {
  if (isNaming(value)) return false
  const entropy = entropyOf(value)
  if (/^[0-9a-f-]+$/i.test(value)) return value.length >= 16 && entropy >= 2.8
  if (!/\d/.test(value)) return value.length >= 16 && entropy >= 3.5 && casesTurn(value)
  return entropy >= 3
}

/** Whether capitals stand where no word begins: `qWeRtYuI`, not `camelCaseName`. */
const casesTurn = (value: string): boolean => {
  const turns = value.match(/[A-Z][a-z](?=[A-Z])|[a-z][A-Z](?=[A-Z]?[^a-zA-Z]|[A-Z])|[+/=!$%^&*]/g)?.length ?? 0
  return turns >= value.length / 8
}
