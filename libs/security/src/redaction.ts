/** What stands in the place of a secret. */
export const REDACTED = '[redacted]'

/** Names of fields whose values never reach a log. */
const secretName =
  /^(authorization|cookie|set-cookie|password|passwd|pwd|secret|.*[-_]?(token|secret|apikey|api_key|api-key|password|privatekey|private_key|accesskey|credential)s?|privatePem|jwt|bearer)$/i

/** Whose names end like a secret's but tell nothing. */
const harmlessName =
  /^(revision_?token|page_?token|next_?page_?token|(max|input|output|context|cached|total)_?tokens)$/i

/** Forms of secrets that are known by sight, in free text. */
const secretForms: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/g, // JWT
  /\biama_[\w-]{20,}/g,
  /\b(?:sk|rk|pk)[-_](?:live|test|ant|proj)?[-_]?[A-Za-z0-9_-]{20,}/g, // Stripe and model providers
  /\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bgithub_pat_\w{30,}/g,
  /\bglpat-[\w-]{20,}/g,
  /\bxox[abposr]-[\w-]{10,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[\w-]{35}\b/g,
  /\bnpm_[A-Za-z0-9]{36}\b/g,
  /(?<=\bBearer\s)[\w.~+/-]{8,}=*/gi,
  /(?<=\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s/@]+(?=@)/gi, // the password in a URL
]

/** The text without secrets that are known by their form. */
export const redactText = (text: string): string => {
  let clean = text
  for (const form of secretForms) clean = clean.replace(form, REDACTED)
  return clean
}

const MAX_DEPTH = 8

const redactInto = (value: unknown, depth: number, seen: Set<object>): unknown => {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (value instanceof Uint8Array) return `[${value.length} bytes]`
  if (depth >= MAX_DEPTH || seen.has(value)) return '[...]'
  const inside = new Set(seen).add(value)
  if (Array.isArray(value)) return value.map((item) => redactInto(item, depth + 1, inside))
  if (value instanceof Error) return redactError(value, depth, inside)
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      secretName.test(name) && !harmlessName.test(name) && item !== undefined && item !== null && item !== ''
        ? REDACTED
        : redactInto(item, depth + 1, inside),
    ]),
  )
}

const redactError = (error: Error, depth: number, seen: Set<object>): object => ({
  type: error.name,
  message: redactText(error.message),
  ...('code' in error ? { code: error.code } : {}),
  ...(error.stack ? { stack: redactText(error.stack) } : {}),
  ...(error.cause === undefined ? {} : { cause: redactInto(error.cause, depth + 1, seen) }),
})

/**
 * A copy for the log: values under secret names and secrets known by their form are replaced, bytes are counted,
 * errors are reduced to type, message, code, stack and cause, cycles and great depth are cut.
 */
export const redact = (value: unknown): unknown => redactInto(value, 0, new Set())

export interface MaskedText {
  readonly text: string
  /** Puts the secrets back, in any text that repeats the placeholders. */
  restore(text: string): string
}

/** Replaces secrets by numbered placeholders, for texts that go to a model and come back. */
export const maskSecrets = (text: string): MaskedText => {
  const secrets: string[] = []
  let masked = text
  for (const form of secretForms)
    masked = masked.replace(form, (secret) => {
      const known = secrets.indexOf(secret)
      const index = known >= 0 ? known : secrets.push(secret) - 1
      return `__IAMA_SECRET_${index}__`
    })
  return {
    text: masked,
    restore: (answer) =>
      answer.replace(/__IAMA_SECRET_(\d+)__/g, (placeholder, index: string) => secrets[Number(index)] ?? placeholder),
  }
}
