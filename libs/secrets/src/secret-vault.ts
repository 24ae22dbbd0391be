import { DomainError } from '@iama/kernel'

import { findSecrets } from './find-secrets.ts'
import { scannable, type Finding, type SecretKind } from './finding.ts'
import { lookalike, placeholder } from './placeholder.ts'
import { separated } from './ranges.ts'
import { looksLikeKey, looksLikePassword } from './rules/values.ts'

/** A text holds a placeholder that the vault never gave out, or one that was changed. */
export class UnknownPlaceholder extends DomainError {
  readonly code = 'SECRET_PLACEHOLDER_UNKNOWN'
  override readonly kind = 'invalid' as const
}

/** What should be a stored vault is none. */
export class VaultUnreadable extends DomainError {
  readonly code = 'SECRET_VAULT_UNREADABLE'
  override readonly kind = 'invalid' as const
}

/** A vault that crosses a border of processes. It holds the secrets: encrypt it where it is kept, and never log it. */
export interface VaultJson {
  readonly seed: string
  readonly secrets: readonly { readonly kind: SecretKind; readonly value: string }[]
}

export interface FoundSecrets {
  readonly kind: SecretKind
  /** Different values, not places. */
  readonly count: number
}

/** Words of the text that look like placeholders; they are put away like secrets, so that `restore` knows them. */
const LOOKALIKE = 'placeholder'
/** A known secret of this length is found wherever it stands; a shorter one only as a word of its own. */
const LONG = 12
const SHORT = 6

/** A value that is no ordinary word: of `redis://:password@host` the other places of the word stay. */
const isDistinct = (value: string): boolean =>
  value.length >= SHORT && (value.length >= 2 * LONG || looksLikePassword(value) || looksLikeKey(value))

const isStored = (value: unknown): value is VaultJson => {
  const { seed, secrets } = (value ?? {}) as Partial<VaultJson>
  const isText = (each: unknown): boolean => typeof each === 'string' && each !== ''
  return isText(seed) && Array.isArray(secrets) && secrets.every((each) => isText(each?.kind) && isText(each?.value))
}

/** Puts secrets away before texts leave for a model, and back when the answer comes. One vault serves one job. */
export class SecretVault {
  private readonly seed: string
  /** In the order of their numbers. */
  private readonly secrets = new Map<string, { readonly kind: SecretKind; readonly placeholder: string }>()
  private readonly values = new Map<string, string>()

  /** @param seed makes the placeholders of this vault differ from others'; not secret, such as the job's id */
  constructor(seed: string) {
    this.seed = seed
  }

  /** The text with every secret in it replaced; `restore` gives back exactly the text. */
  async hide(text: string): Promise<string> {
    return (await this.hideAll([text]))[0]!
  }

  /** Like `hide` for texts that go out together: a secret that one of them betrays is hidden in all of them. */
  async hideAll(texts: readonly string[]): Promise<string[]> {
    const reads = texts.map((text) => this.read(text))
    const found = await Promise.all(
      reads.map(async (read) =>
        (await findSecrets(read)).filter(({ start, end }) => /\S/.test(read.slice(start, end))),
      ),
    )
    texts.forEach((text, n) => {
      for (const { kind, start, end } of separated(text, reads[n]!, found[n]!)) this.keep(kind, text.slice(start, end))
    })
    return texts.map((text, n) => this.replace(text, reads[n]!, found[n]!))
  }

  /**
   * The text with the secrets put back.
   * @param form `json` when the placeholders stand in the strings of JSON text: values are then escaped as these need
   * @throws UnknownPlaceholder for one that was made up, cut or changed
   */
  restore(text: string, form: 'text' | 'json' = 'text'): string {
    let result = ''
    let at = 0
    for (const { index, 0: word } of scannable(text).matchAll(lookalike)) {
      const value = this.values.get(word)
      if (value === undefined) {
        throw new UnknownPlaceholder(
          `${JSON.stringify(word.slice(0, 80))} stands for no hidden value; copy such words letter for letter`,
          { word: word.slice(0, 80) },
        )
      }
      result += text.slice(at, index) + (form === 'json' ? JSON.stringify(value).slice(1, -1) : value)
      at = index + word.length
    }
    return result + text.slice(at)
  }

  /** What was found so far, by kind in the order of the alphabet. Holds no secret. */
  get found(): readonly FoundSecrets[] {
    const counts = new Map<SecretKind, number>()
    for (const { kind } of this.secrets.values()) {
      if (kind !== LOOKALIKE) counts.set(kind, (counts.get(kind) ?? 0) + 1)
    }
    return [...counts].map(([kind, count]) => ({ kind, count })).sort((one, other) => (one.kind < other.kind ? -1 : 1))
  }

  toJSON(): VaultJson {
    return { seed: this.seed, secrets: [...this.secrets].map(([value, { kind }]) => ({ kind, value })) }
  }

  /** @throws VaultUnreadable */
  static from(json: unknown): SecretVault {
    if (!isStored(json)) throw new VaultUnreadable('this is no stored vault; pass what toJSON gave')
    const vault = new SecretVault(json.seed)
    for (const { kind, value } of json.secrets) vault.keep(kind, value)
    return vault
  }

  /** @param text may hold placeholders of this vault; what is kept is what they stand for */
  private keep(kind: SecretKind, text: string): string {
    const value = text.replace(lookalike, (word) => this.values.get(word) ?? word)
    const known = this.secrets.get(value)
    if (known !== undefined) return known.placeholder
    const word = placeholder(this.seed, this.secrets.size + 1)
    this.secrets.set(value, { kind, placeholder: word })
    this.values.set(word, value)
    return word
  }

  /** A text as rules read it, with blanks for the placeholders of this vault: what is hidden is not hidden again. */
  private read(text: string): string {
    return scannable(text).replace(lookalike, (word) => (this.values.has(word) ? ' '.repeat(word.length) : word))
  }

  private replace(text: string, read: string, found: readonly Finding[]): string {
    const lookalikes = Array.from(scannable(text).matchAll(lookalike), ({ index, 0: word }): Finding => {
      return { kind: LOOKALIKE, start: index, end: index + word.length }
    })
    let result = ''
    let at = 0
    for (const { kind, start, end } of separated(text, read, [...found, ...this.repeated(read, text), ...lookalikes])) {
      const word = text.slice(start, end)
      result += text.slice(at, start) + (this.values.has(word) ? word : this.keep(kind, word))
      at = end
    }
    return result + text.slice(at)
  }

  /** Places of secrets that are known from elsewhere. */
  private *repeated(read: string, text: string): Iterable<Finding> {
    for (const [value, { kind }] of this.secrets) {
      if (kind === LOOKALIKE || !isDistinct(value)) continue
      for (let start = text.indexOf(value); start !== -1; start = text.indexOf(value, start + value.length)) {
        const end = start + value.length
        const isWord = !/\w/.test(read[start - 1] ?? ' ') && !/\w/.test(read[end] ?? ' ')
        if (isWord || value.length >= LONG) yield { kind, start, end }
      }
    }
  }
}
